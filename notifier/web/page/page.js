'use strict';
// Every text from the notifier becomes a text node: nothing is ever parsed as HTML.

const COLORS = ['red', 'blue', 'yellow', 'black', 'green']; // the gravest first
const SIGNS = { red: '▲', blue: '●', yellow: '◆', black: '■', green: '✔' };
const FACETS = ['swarm', 'stack', 'service', 'node', 'kind'];
const MOST_ROWS = 10000, FIRST_PAGE = 200, PAGE = 2000, SHOWN_AT_ONCE = 120;
const MINUTE = 60e3, HOUR = 60 * MINUTE;
const GROUP_GAP = 5 * MINUTE, GROUP_SPAN = 30 * MINUTE, GROUP_ROWS = 40;

const rows = new Map(); // by id
let sorted = []; // all rows, newest first
let filter = {};
let shown = SHOWN_AT_ONCE;
let cursor = '', loaded = false, state = null, source = null, live = false, pending = 0, lastDrawn = 0;
let lost = false; // the change that the address names is not here
const drawn = new Map(); // by row: its element, kept while the page is open
const headed = new Map(); // by group
const $ = (id) => document.getElementById(id);
const form = $('filters'), list = $('list');

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== '' && child != null));
  return element;
}

// Text of unknown direction, which must not turn what is around it.
const text = (words, tag = 'bdi') => make(tag, { dir: 'auto' }, String(words));
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const shortTime = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const counted = (count, one) => `${count.toLocaleString()} ${one}${count === 1 ? '' : 's'}`;

// ---- the rows

function keep(row) {
  row.at = Date.parse(row.time);
  row.search = `${row.title} ${row.text} ${row.name} ${row.stack} ${row.service} ${row.node} ${row.swarm} ${row.rules}`.toLowerCase();
  const isNew = !rows.has(row.id);
  rows.set(row.id, row);
  drawn.delete(row.id);
  return isNew;
}

function sort() {
  sorted = [...rows.values()].sort((a, b) => b.at - a.at);
  for (const old of sorted.splice(MOST_ROWS)) { rows.delete(old.id); drawn.delete(old.id); }
}

function matches(row, except = '') {
  const f = filter;
  if (except !== 'time' && ((f.since && row.at < f.since) || (f.until && row.at > f.until))) return false;
  if (except !== 'color' && f.color.length && !f.color.includes(row.color)) return false;
  if (FACETS.some((facet) => f[facet] && row[facet] !== f[facet])) return false;
  return f.words.every((word) => row.search.includes(word));
}

// Rows of one stack or object that follow each other closely are one group, in the place of its newest row.
function groupsOf(visible) {
  const groups = [], open = new Map();
  for (const row of visible) {
    const key = `${row.swarm}\n${row.stack ? `stack ${row.stack}` : row.service ? `service ${row.service}` : `${row.kind} ${row.name}`}`;
    let group = open.get(key);
    const last = group && group.rows[group.rows.length - 1];
    if (!group || last.at - row.at > GROUP_GAP || group.rows[0].at - row.at > GROUP_SPAN || group.rows.length >= GROUP_ROWS) {
      group = { key, rows: [] };
      open.set(key, group);
      groups.push(group);
    }
    group.rows.push(row);
  }
  return groups;
}

// ---- the address

const iso = (time) => (time ? new Date(time).toISOString().replace('.000Z', 'Z') : '');

function readAddress() {
  const query = new URLSearchParams(location.search);
  filter = { q: query.get('q') ?? '', row: query.get('row') ?? '' };
  for (const facet of FACETS) filter[facet] = query.get(facet) ?? '';
  filter.color = (query.get('color') ?? '').split(',').filter((color) => COLORS.includes(color));
  for (const end of ['since', 'until']) filter[end] = Date.parse(query.get(end) ?? '') || 0;
  filter.words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
}

function addressOf(f) {
  const query = new URLSearchParams();
  for (const name of ['q', ...FACETS, 'row']) if (f[name]) query.set(name, f[name]);
  if (f.color?.length) query.set('color', f.color.join(','));
  for (const end of ['since', 'until']) if (f[end]) query.set(end, iso(f[end]));
  const words = query.toString();
  return location.pathname + (words && `?${words}`);
}

function go(f, { push = false } = {}) {
  history[push ? 'pushState' : 'replaceState'](null, '', addressOf(f));
  readAddress();
  lost = false;
  shown = SHOWN_AT_ONCE;
  fillForm();
  draw();
}

const isFiltered = () => filter.q || filter.color.length || filter.since || filter.until || FACETS.some((facet) => filter[facet]);
const hourBefore = (row) => ({ swarm: row.swarm, since: row.at - HOUR, until: row.at, color: [] });

// ---- filters

const localTime = (time) => (time ? new Date(time - new Date(time).getTimezoneOffset() * MINUTE).toISOString().slice(0, 19) : '');

function fillForm() {
  const typing = document.activeElement;
  const put = (field, value) => { if (field.value !== value && field !== typing) field.value = value; };
  put(form.elements.q, filter.q);
  put(form.elements.since, localTime(filter.since));
  put(form.elements.until, localTime(filter.until));
  const used = FACETS.filter((facet) => filter[facet]).length + (filter.since || filter.until ? 1 : 0);
  $('active').textContent = used ? `(${used} in use)` : '';
  $('clear').hidden = !isFiltered() && !filter.row;
}

function fillChoices() {
  for (const facet of FACETS) {
    const select = form.elements[facet];
    const values = [...new Set(sorted.map((row) => row[facet]).filter(Boolean))].sort();
    if (filter[facet] && !values.includes(filter[facet])) values.unshift(filter[facet]);
    const known = [...select.options].slice(1).map((option) => option.value);
    if (select.options.length === 0 || known.join('\n') !== values.join('\n'))
      select.replaceChildren(make('option', { value: '' }, 'any'), ...values.map((value) => make('option', { value }, value)));
    select.value = filter[facet];
  }
}

function drawColors() {
  const counts = Object.fromEntries(COLORS.map((color) => [color, 0]));
  for (const row of sorted) if (matches(row, 'color')) counts[row.color]++;
  for (const color of COLORS) {
    const button = $('colors').querySelector(`button.${color}`);
    button.setAttribute('aria-pressed', filter.color.includes(color));
    button.lastChild.textContent = counts[color].toLocaleString();
  }
}

for (const color of COLORS) {
  const button = make('button', { type: 'button', class: color, 'aria-pressed': 'false' },
    make('span', { 'aria-hidden': 'true' }, SIGNS[color]), color, make('span', { class: 'n' }, '0'));
  button.addEventListener('click', () =>
    go({ ...filter, color: filter.color.includes(color) ? filter.color.filter((c) => c !== color) : [...filter.color, color] }));
  $('colors').append(button);
}
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('input', (event) => {
  const { name, value } = event.target;
  if (!name) return;
  go({ ...filter, row: '', [name]: name === 'since' || name === 'until' ? Date.parse(value) || 0 : value });
});
$('clear').addEventListener('click', () => { form.reset(); go({ color: [] }, { push: true }); });

// ---- changes over time

function drawDensity() {
  const bins = $('bins');
  const inTime = sorted.filter((row) => matches(row, 'time'));
  const until = filter.until || Math.max(Date.now(), inTime[0]?.at ?? 0);
  const since = filter.since || Math.min(inTime[inTime.length - 1]?.at ?? until - HOUR, until - MINUTE);
  const count = Math.max(8, Math.min(60, Math.floor((bins.clientWidth || 320) / 24)));
  const width = Math.max((until - since) / count, 1);
  const totals = Array.from({ length: count }, () => ({ all: 0 }));
  for (const row of inTime) {
    if (row.at < since || row.at > until) continue;
    const total = totals[Math.min(count - 1, Math.floor((row.at - since) / width))];
    total.all++;
    total[row.color] = (total[row.color] ?? 0) + 1;
  }
  const most = Math.max(1, ...totals.map((total) => total.all));
  while (bins.children.length > count) bins.lastChild.remove();
  while (bins.children.length < count) bins.append(make('button', { type: 'button' }));
  totals.forEach((total, i) => {
    const button = bins.children[i], from = since + i * width;
    const words = COLORS.filter((color) => total[color]).map((color) => `${total[color]} ${color}`).join(', ') || 'nothing';
    button.title = `${shortTime.format(from)} to ${shortTime.format(from + width)}: ${words}`;
    button.setAttribute('aria-label', button.title);
    button.onclick = () => go({ ...filter, row: '', since: Math.floor(from / 1000) * 1000, until: Math.ceil((from + width) / 1000) * 1000 }, { push: true });
    const height = Math.sqrt(total.all / most);
    button.replaceChildren(...[...COLORS].filter((color) => total[color]).map((color) => {
      const bar = make('span', { class: color });
      bar.style.height = `${(100 * height * total[color]) / total.all}%`;
      return bar;
    }));
  });
  $('axis').firstChild.textContent = shortTime.format(since);
  $('axis').lastChild.textContent = filter.until ? shortTime.format(until) : 'now';
}

// ---- the list

function rowElement(row) {
  const known = drawn.get(row.id);
  if (known) return known;
  const time = make('time', { datetime: row.time }, clock.format(row.at));
  const sign = make('span', { class: `sign ${row.color}`, 'aria-hidden': 'true' }, SIGNS[row.color]);
  const what = make('span', { class: 'what' }, make('span', { class: 'hidden' }, `${row.color}: `), text(row.title, 'b'),
    row.text && text(row.text, 'span'), row.swarm && make('i', { class: 'chip' }, text(row.swarm)));
  const open = make('button', { type: 'button', class: 'open', 'aria-expanded': 'false' }, time, sign, what);
  const element = make('li', { class: `change ${row.color}` }, make('div', { class: 'line' }, open));
  if (row.color === 'red') {
    const link = make('a', { class: 'before', href: addressOf(hourBefore(row)) }, 'the hour before', make('span', { class: 'hidden' }, ` ${row.title}`));
    link.addEventListener('click', (event) => { event.preventDefault(); go(hourBefore(row), { push: true }); window.scrollTo(0, 0); });
    element.firstChild.append(link);
  }
  open.addEventListener('click', () => toggle(row, element));
  drawn.set(row.id, element);
  if (opened.has(row.id)) openFacts(row, element);
  return element;
}

function headOf(group) {
  const first = group.rows[0], last = group.rows[group.rows.length - 1];
  if (group.rows.length < 2) return null;
  const name = first.stack ? `Stack ${first.stack}` : first.service ? `Service ${first.service}` : `${first.kind} ${first.name}`;
  const from = clock.format(last.at), to = clock.format(first.at);
  return make('h3', {}, text(name), make('span', {}, `${counted(group.rows.length, 'change')}, ${from === to ? from : `${from} to ${to}`}`));
}

function groupElement(group) {
  const id = `${group.key}\n${group.rows[group.rows.length - 1].id}`;
  const mark = group.rows.map((row) => row.id).join('\n');
  let element = headed.get(id);
  if (!element) headed.set(id, (element = make('section', { class: 'group' }, make('ol'))));
  const ol = element.querySelector('ol');
  if (element.mark !== mark) {
    element.mark = mark;
    element.querySelector('h3')?.remove();
    const head = headOf(group);
    if (head) element.prepend(head);
  }
  place(ol, group.rows.map(rowElement));
  return element;
}

// Makes these the children, and moves as few as possible: one that has the focus keeps it.
function place(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, i) => { if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null); });
}

let waiting = [], drawnRows = 0, lastDay = ''; // groups that are not drawn yet

// The elements of the next groups, of at least as many rows, and down to the one that is wanted.
function nextElements(count, wanted = null) {
  const elements = [];
  let at = 0, missing = wanted !== null;
  for (; at < waiting.length && (missing || drawnRows < count); ++at) {
    const group = waiting[at];
    drawnRows += group.rows.length;
    missing &&= !group.rows.includes(wanted);
    const today = day.format(group.rows[0].at);
    if (today !== lastDay) {
      lastDay = today;
      const id = `day ${today}`;
      if (!headed.has(id)) headed.set(id, make('h2', { class: 'day' }, today));
      elements.push(headed.get(id));
    }
    elements.push(groupElement(group));
  }
  waiting = waiting.slice(at);
  return elements;
}

function draw() {
  if (pending) {
    clearTimeout(pending);
    pending = 0;
    sort();
  }
  if (headed.size > MOST_ROWS) headed.clear();
  const visible = sorted.filter((row) => matches(row));
  waiting = groupsOf(visible);
  drawnRows = 0;
  lastDay = '';
  const wanted = rows.get(filter.row);
  place(list, nextElements(shown, wanted && matches(wanted) ? wanted : null));
  shown = Math.max(shown, drawnRows);
  watchForMore();
  $('count').textContent = loaded
    ? `${visible.length === sorted.length ? '' : `${visible.length.toLocaleString()} of `}${counted(sorted.length, 'row')}`
    : 'Loading …';
  $('note').hidden = !lost && (visible.length > 0 || !loaded);
  $('note').textContent = lost ? 'The change of this link is not kept here any more.' : sorted.length ? 'No change matches the filters.' : 'Nothing has changed yet. New changes appear here by themselves.';
  list.classList.toggle('one-swarm', sorted.every((row) => row.swarm === sorted[0].swarm));
  drawColors();
  drawDensity();
  fillChoices();
  lastDrawn = performance.now();
}

// One drawing for all news of a quarter of a second: many may come at once.
function drawSoon() { pending ||= setTimeout(draw, Math.max(0, lastDrawn + 250 - performance.now())); }

const end = make('p', { class: 'hidden' }, 'More changes follow.');
const watchEnd = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  watchEnd.unobserve(end);
  shown += SHOWN_AT_ONCE;
  list.append(...nextElements(shown));
  watchForMore();
}, { rootMargin: '1500px' });

function watchForMore() {
  if (!waiting.length) return end.remove();
  list.append(end);
  watchEnd.observe(end);
}

// ---- one row opened

const opened = new Set();

function toggle(row, element) {
  if (opened.delete(row.id)) {
    element.querySelector('.facts')?.remove();
    element.querySelector('.open').setAttribute('aria-expanded', 'false');
  } else {
    opened.add(row.id);
    openFacts(row, element);
  }
}

async function openFacts(row, element) {
  const facts = make('div', { class: 'facts', role: 'region', 'aria-label': `Facts: ${row.title}` }, make('p', { class: 'meta' }, 'Loading …'));
  element.querySelector('.open').setAttribute('aria-expanded', 'true');
  element.append(facts);
  try {
    const answer = await fetch(`row?id=${encodeURIComponent(row.id)}`);
    if (!answer.ok) throw new Error(await answer.text());
    const { card, events } = await answer.json();
    facts.replaceChildren(...factsOf(row, card, events));
  } catch (error) {
    facts.replaceChildren(make('p', { class: 'meta' }, `Cannot show the facts: ${error.message}`));
  }
}

function factsOf(row, card, events) {
  const links = make('p', { class: 'links' });
  for (const link of card.links)
    if (/^https?:\/\//.test(link.url)) links.append(make('a', { href: link.url, rel: 'noreferrer noopener', target: '_blank' }, text(link.title)));
  const before = make('a', { href: addressOf(hourBefore(row)) }, 'The hour before this');
  before.addEventListener('click', (event) => { event.preventDefault(); go(hourBefore(row), { push: true }); window.scrollTo(0, 0); });
  links.append(before, make('a', { href: addressOf({ row: row.id }) }, 'Link to this change'));
  const json = make('details', {}, make('summary', {}, 'As JSON'), make('pre', { tabindex: '0', role: 'region', 'aria-label': 'The changes as JSON' }, JSON.stringify(events, null, 2)));
  const out = card.sections.map(sectionElement);
  if (card.commands.length) out.push(titled('To type next', ...card.commands.map(commandElement)));
  const meta = [card.observer, row.rules ? `rules: ${row.rules.split(' ').join(', ')}` : 'no rule posts this'].filter(Boolean).join(' · ');
  return [...out, make('p', { class: 'meta' }, text(meta)), links, json].filter(Boolean);
}

function commandElement(command) {
  const copy = make('button', { type: 'button', class: 'copy' }, 'Copy');
  copy.addEventListener('click', async () => {
    try { await navigator.clipboard.writeText(command); copy.textContent = 'Copied'; } catch { getSelection().selectAllChildren(copy.previousSibling); }
  });
  return make('div', { class: 'command' }, make('pre', {}, command), copy);
}

const titled = (title, ...children) => make('div', {}, title && text(title, 'h4'), ...children);
const leftOut = (count) => (count ? make('p', { class: 'meta' }, `… and ${count} more`) : null);
const del = (value) => (value == null ? '' : text(value, 'del'));
const ins = (value) => (value == null ? '' : text(value, 'ins'));

function pairs(section, sign = () => '') {
  const dl = make('dl');
  for (const row of section.rows) {
    const arrow = row.before != null && row.after != null ? ' → ' : '';
    dl.append(make('dt', {}, sign(row), text(row.label)), make('dd', {}, del(row.before), arrow, ins(row.after), row.note ? ` (${row.note})` : ''));
  }
  return titled(section.title, dl, leftOut(section.left_out));
}

const SECTIONS = {
  changes: (section) => pairs(section),
  diff: (section) => pairs(section, (row) => ({ added: '+ ', removed: '− ', changed: '~ ' })[row.kind]),
  lines: (section) => titled(section.title,
    make('pre', {}, ...section.before.map((line) => text(`− ${line}`, 'del')), ...section.after.map((line) => text(`+ ${line}`, 'ins'))),
    section.note && make('p', { class: 'meta' }, section.note), leftOut(section.left_out)),
  facts: (section) => {
    const dl = make('dl');
    for (const fact of section.facts) dl.append(text(fact.label, 'dt'), text(fact.value, 'dd'));
    return titled(section.title, dl);
  },
  time: (section) => make('dl', {}, text(section.label, 'dt'), make('dd', {}, shortTime.format(section.unix_seconds * 1000))),
  quote: (section) => titled(section.title, text(section.text, 'blockquote')),
  output: (section) => titled(section.title,
    section.lines.length ? make('pre', { tabindex: '0', role: 'region', 'aria-label': section.title }, section.lines.join('\n')) : '',
    section.note && make('p', { class: 'meta' }, text(section.note))),
  meta: (section) => make('p', { class: 'meta' }, text(section.text)),
  digest: (section) => titled('', make('ul', {}, ...section.rows.map((row) =>
    make('li', {}, make('span', { class: row.color, 'aria-hidden': 'true' }, `${SIGNS[row.color]} `), text(row.title), row.text && ' — ', row.text && text(row.text)))),
    leftOut(section.left_out)),
};
const sectionElement = (section) => SECTIONS[section.type]?.(section) ?? null;

// ---- health and silences

function drawState() {
  const parts = [];
  const add = (good, words) => parts.push(make('span', { class: good ? 'good' : 'bad' }, `${good ? '●' : '▲'} `, text(words)), ' ');
  if (state?.standby) add(true, 'this notifier stands by; the active one has the changes');
  else if (state) {
    const lost = state.collectors.filter((collector) => collector.state !== 'following');
    const failing = state.receivers.filter((receiver) => receiver.failing);
    if (lost.length || !state.collectors.length) add(false, lost.length ? lost.map((collector) => `${collector.name} ${collector.state}`).join(', ') : 'no collector is known yet');
    else add(true, `${counted(state.collectors.length, 'collector')} followed`);
    if (failing.length) add(false, `no messages accepted by ${failing.map((receiver) => receiver.name).join(', ')}`);
    else add(true, `${counted(state.receivers.length, 'receiver')} ${state.receivers.length === 1 ? 'works' : 'work'}`);
  }
  if (!live) add(false, 'not connected to the notifier; trying again');
  const health = $('health');
  const mark = parts.map((part) => part.textContent ?? part).join('');
  if (health.mark !== mark) { health.mark = mark; health.replaceChildren(...parts); }
  drawSilences();
}

function drawSilences() {
  const silences = state?.silences ?? [];
  $('silences').hidden = silences.length === 0;
  $('silences').firstElementChild.replaceChildren(...silences.map((silence) => {
    const left = Math.max(0, Math.ceil((silence.until * 1000 - Date.now()) / MINUTE));
    const lasts = left >= 120 ? `${Math.round(left / 60)} hours` : counted(left, 'minute');
    return make('li', {}, 'Silenced ', text(silence.match, 'code'), ` until ${shortTime.format(silence.until * 1000)} (${lasts} left) by `,
      text(silence.by), silence.because && ': ', silence.because && text(silence.because));
  }));
}
setInterval(() => { drawSilences(); if (!filter.until && !document.hidden) drawDensity(); }, 30e3);

// ---- the notifier

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function load() {
  try {
    let page = await get(`rows?limit=${FIRST_PAGE}`);
    const first = page.cursor;
    rows.clear(); drawn.clear(); headed.clear();
    page.rows.forEach(keep);
    sort();
    draw();
    cursor = first;
    connect();
    for (let skip = page.rows.length; page.rows.length && skip < Math.min(page.total, MOST_ROWS); skip += page.rows.length) {
      page = await get(`rows?skip=${skip}&limit=${PAGE}`);
      page.rows.forEach((row) => { if (!rows.has(row.id)) keep(row); });
      sort();
    }
    loaded = true;
    draw();
    await findRow();
  } catch {
    live = false;
    drawState();
    setTimeout(load, 3000);
  }
}

function connect() {
  source?.close();
  if (document.hidden) return;
  source = new EventSource(`changes?after=${encodeURIComponent(cursor)}`);
  source.onopen = () => { live = true; drawState(); };
  source.onerror = () => {
    live = false;
    drawState();
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
  source.onmessage = (event) => {
    cursor = event.lastEventId || cursor;
    for (const line of event.data.split('\n')) {
      const row = JSON.parse(line);
      keep(row);
      if (loaded) rowElement(row).classList.add('fresh');
    }
    drawSoon();
  };
  source.addEventListener('state', (event) => { state = JSON.parse(event.data); drawState(); });
  source.addEventListener('reset', () => { source.close(); loaded = false; load(); });
}

// A browser has few connections to one address: pages that nobody sees give theirs back.
document.addEventListener('visibilitychange', () => { if (document.hidden) source?.close(); else if (cursor) connect(); });

// The row that the address names, by any of its changes.
async function findRow() {
  if (!filter.row) return;
  try {
    if (!rows.has(filter.row)) filter.row = (await get(`row?id=${encodeURIComponent(filter.row)}`)).events[0].eventId;
    const row = rows.get(filter.row);
    if (!row) throw new Error();
    opened.add(row.id);
    drawn.delete(row.id);
    draw();
    const element = drawn.get(row.id);
    element.classList.add('found');
    element.scrollIntoView({ block: 'start' });
    element.querySelector('.open').focus({ preventScroll: true });
  } catch {
    lost = true;
    draw();
  }
}

// ---- keys and the window

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches('input, select')) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  const buttons = [...list.querySelectorAll('.open')];
  const here = buttons.indexOf(document.activeElement.closest('.change')?.querySelector('.open'));
  if (event.key === '/') { event.preventDefault(); form.elements.q.focus(); }
  if (event.key === 'j') buttons[Math.min(here + 1, buttons.length - 1)]?.focus();
  if (event.key === 'k') buttons[Math.max(here - 1, 0)]?.focus();
  if (event.key === 'Escape' && here >= 0 && buttons[here].getAttribute('aria-expanded') === 'true') { buttons[here].click(); buttons[here].focus(); }
});
addEventListener('popstate', () => { readAddress(); form.reset(); fillForm(); draw(); });
addEventListener('resize', drawDensity);

readAddress();
if (filter.since || filter.until || FACETS.some((facet) => filter[facet])) $('more').open = true;
fillForm();
drawState();
load();
