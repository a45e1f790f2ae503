// Holds the workflows to actionlint and to the rules of this project: every job has a time limit and names its permissions, the
// workflow itself has none, a new run waits or replaces the old one, every action has a whole version, a known runner is named,
// nothing from outside gets into a shell as text; and holds the forms of issues to the keys that GitHub asks for.
//
//   node tests/checks/workflows.mjs [REPOSITORY]        one line for each problem; exit code 1 if there are any
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../tools/package.json", import.meta.url));
const { createLinter } = await import(pathToFileURL(require.resolve("actionlint").replace("node.cjs", "node.mjs")));
const { parse } = require("yaml");

const root = process.argv[2] ?? new URL("../..", import.meta.url).pathname;
const runners = ["ubuntu-24.04", "ubuntu-24.04-arm"];
const problems = [];

function filesOf(folder) {
  const path = `${root}/${folder}`;
  const names = existsSync(path) ? readdirSync(path).filter((name) => /\.ya?ml$/.test(name)) : [];
  return names.map((name) => ({ name: `${folder}/${name}`, text: readFileSync(`${path}/${name}`, "utf8") }));
}

function checkStep(report, step) {
  if (step.uses && !step.uses.startsWith("./") && !/@v\d+\.\d+\.\d+$/.test(step.uses)) report(`${step.uses}: name a whole version (@v1.2.3)`);
  if (/\$\{\{\s*(github|inputs|needs|steps)\b/.test(step.run ?? "")) report(`\`run\` pastes an expression into the shell; pass it by \`env\``);
}

function checkJob(report, job) {
  if (!job.permissions) report("no permissions");
  if (job.uses) return;
  if (!job["timeout-minutes"]) report("no timeout-minutes");
  const named = job.strategy?.matrix?.include?.map((one) => one.runner).filter(Boolean) ?? [];
  for (const runner of named.length ? named : [job["runs-on"]]) if (!runners.includes(runner)) report(`runs on ${runner}; known: ${runners.join(", ")}`);
  for (const step of job.steps ?? []) checkStep(report, step);
}

async function checkWorkflows() {
  const lint = await createLinter();
  for (const { name, text } of filesOf(".github/workflows")) {
    // It knows the runners of its own time only; those are checked here.
    for (const found of lint(text, name).filter((one) => one.kind !== "runner-label")) problems.push(`${name}:${found.line}: ${found.message}`);
    const workflow = parse(text) ?? {};
    if (!workflow.permissions || Object.keys(workflow.permissions).length) problems.push(`${name}: \`permissions: {}\` is missing at the top`);
    if (!workflow.concurrency) problems.push(`${name}: no concurrency`);
    for (const [id, job] of Object.entries(workflow.jobs ?? {})) checkJob((problem) => problems.push(`${name}: job ${id}: ${problem}`), job);
  }
}

function checkForms() {
  for (const { name, text } of filesOf(".github/ISSUE_TEMPLATE").filter((file) => !file.name.endsWith("/config.yml"))) {
    const form = parse(text);
    const report = (problem) => problems.push(`${name}: ${problem}`);
    for (const key of ["name", "description", "body"]) if (!form[key]?.length) report(`no ${key}`);
    const ids = new Set();
    for (const part of form.body ?? []) {
      const needed = part.type === "markdown" ? "value" : "label";
      if (!["markdown", "input", "textarea", "dropdown", "checkboxes"].includes(part.type)) report(`there is no part of type ${part.type}`);
      if (!part.attributes?.[needed]) report(`a ${part.type} without ${needed}`);
      if (["dropdown", "checkboxes"].includes(part.type) && !part.attributes?.options?.length) report(`a ${part.type} without options`);
      if (part.type !== "markdown" && (!part.id || ids.has(part.id))) report(`the id of "${part.attributes?.label}" is missing or not its own`);
      ids.add(part.id);
    }
    if (ids.size < 2) report("no part asks for anything");
  }
}

await checkWorkflows();
checkForms();
console.log([...problems, `${problems.length} problems in workflows and forms`].join("\n"));
process.exitCode = problems.length ? 1 : 0;
