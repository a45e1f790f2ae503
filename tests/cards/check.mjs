// Checks every card: node check.mjs --program build/.../render_samples
// Each check is also given something wrong, and fails when it does not notice.
import fs from 'node:fs';
import { checkSlackLimits, checkSlackTypes } from './check-slack.mjs';
import { checkTeams } from './check-teams.mjs';
import { options, readCards, renderSamples, repository } from './cards.mjs';

const { program } = options({ program: `${repository}/build/dev/tests/notifier/cards/render_samples` });
const folder = renderSamples(program);
try {
  const slack = new Map([...readCards(folder, 'slack'), ...readCards(folder, 'bot')]);
  const teams = readCards(folder, 'teams');
  const problems = [...checkTeams(teams), ...checkSlackLimits(slack), ...checkSlackTypes(slack)];
  for (const problem of problems) console.error(`FAIL ${problem}`);
  console.log(`${slack.size} Slack messages and ${teams.size} Teams cards checked, ${problems.length} problems`);
  process.exitCode = problems.length > 0 || teams.size === 0 || slack.size <= teams.size ? 1 : 0;
} finally {
  fs.rmSync(folder, { recursive: true });
}
