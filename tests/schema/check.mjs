// Holds docs/schema/*.json with ajv: they are valid draft 2020-12, take every YAML example of the project and what
// the programs print themselves, and refuse each file of bad/ for the reason that its first line says; so do the
// programs.
//
//   node tests/schema/check.mjs [BUILD_DIR]
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const here = new URL(".", import.meta.url);
const root = new URL("../..", here);
const require = createRequire(new URL("../tools/package.json", here));
const { default: Ajv } = require("ajv/dist/2020");
const { parse } = require("yaml");

const build = process.argv[2] ?? "build/dev";
const read = (name) => readFileSync(new URL(name, root), "utf8");
let failures = 0;
let held = 0;

function expect(good, name, text) {
  held += 1;
  if (good) return;
  failures += 1;
  console.log(`${name}: ${text}`);
}

function compile(program) {
  const schema = JSON.parse(read(`docs/schema/${program}.json`));
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
  expect(ajv.validateSchema(schema), `docs/schema/${program}.json`, ajv.errorsText(ajv.errors));
  return ajv.compile(schema);
}

const problems = (validate, yaml) =>
  validate(parse(yaml)) ? "" : validate.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`).join("\n");

// An editor finds the schema by the comment; the line leads to the schema of this program.
function checkExample(validate, program, name) {
  const yaml = read(name);
  const found = problems(validate, yaml);
  expect(!found, name, found);
  const line = new RegExp(`^# yaml-language-server: \\$schema=.*docs/schema/${program}\\.json$`, "m");
  expect(line.test(yaml), name, `no line "# yaml-language-server: $schema=..." for docs/schema/${program}.json`);
}

// The blocks of a document are of the notifier; NAME stands for any rule.
function checkBlocks(validate, document) {
  for (const [, yaml] of read(document).matchAll(/```ya?ml\n(.*?)```/gs)) {
    const found = problems(validate, yaml.replaceAll("NAME", "node-down"));
    expect(!found, document, `${found}\nin\n${yaml}`);
  }
}

function run(program, ...args) {
  try {
    const binary = new URL(`${build}/${program}/swarmbell-${program}`, root).pathname;
    return { out: execFileSync(binary, args, { stdio: "pipe", encoding: "utf8", env: {} }), err: "" };
  } catch (error) {
    return { out: "", err: error.stderr };
  }
}

function checkBad(validate, program) {
  const folder = `tests/schema/bad/${program}`;
  for (const file of readdirSync(new URL(folder, root))) {
    const name = `${folder}/${file}`;
    const yaml = read(name);
    const [, reason] = yaml.match(/^# (.*)\n/);
    const found = problems(validate, yaml);
    expect(found.includes(reason), name, found ? `is refused, but not for "${reason}":\n${found}` : "is taken by the schema");
    const { err } = run(program, "--config", new URL(name, root).pathname, "--check-config");
    expect(err.includes(file), name, "is taken by the program");
  }
}

for (const program of ["collector", "notifier"]) {
  const validate = compile(program);
  for (const folder of ["compose", "packaging"]) checkExample(validate, program, `${folder}/${program}.yml`);
  if (program === "notifier") for (const document of ["docs/your-rules.md", "docs/rules.md", "docs/fleet.md"]) checkBlocks(validate, document);
  for (const args of [[], ["--config", new URL(`compose/${program}.yml`, root).pathname]]) {
    const { out, err } = run(program, ...args, "--print-config");
    const found = err || problems(validate, out);
    expect(!found, `swarmbell-${program} ${args.join(" ")} --print-config`, found);
  }
  checkBad(validate, program);
}
console.log(`${held - failures} good, ${failures} bad`);
process.exit(failures ? 1 : 0);
