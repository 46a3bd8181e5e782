// Figures: one JSON answer shown as a chart and as a table, redrawn on theme switch, downloaded.
import { $, $$, eachNowAndLater, say, token } from './dom.js';
import { KINDS } from './charts.js';

/* ── Loading the library and the answer ── */
let library;
function echarts() {
  library ??= new Promise((done, failed) => {
    if (window.echarts) { done(window.echarts); return; }
    const script = Object.assign(document.createElement('script'), { src: document.body.dataset.echarts });
    script.onload = () => done(window.echarts);
    script.onerror = () => { library = undefined; failed(new Error('echarts')); };
    document.head.append(script);
  });
  return library;
}
async function answerOf(panel) {
  const held = $('script[type="application/json"]', panel);
  if (held) return JSON.parse(held.textContent);
  const got = await fetch(panel.dataset.src, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
  if (!got.ok) throw new Error(String(got.status));
  return got.json();
}

/* ── One panel ── */
function tableOf({ columns, rows, foot = [] }) {
  const table = Object.assign(document.createElement('table'), { className: 't' });
  const row = (cells, tag) => {
    const made = document.createElement('tr');
    cells.forEach((cell, i) => {
      const one = Object.assign(document.createElement(tag), { textContent: cell, className: columns[i].numeric ? 'num' : '' });
      if (tag === 'th') one.scope = 'col';
      made.append(one);
    });
    return made;
  };
  const head = table.createTHead();
  head.append(row(columns.map((column) => column.label), 'th'));
  const body = table.createTBody();
  rows.forEach((cells) => body.append(row(cells, 'td')));
  if (foot.length) foot.forEach((cells) => (table.tFoot || table.createTFoot()).append(row(cells, 'td')));
  return table;
}
const charts = new Set();
const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  const held = [...charts].find((one) => one.place === target);
  if (!held || !target.clientWidth || target.clientWidth === held.chart.getWidth()) return;
  held.chart.resize();
  held.draw();
}));

async function drawn(panel, place) {
  place.setAttribute('aria-busy', 'true');
  const bars = setTimeout(() => place.replaceChildren(...[60, 85, 45, 70].map((width) => {
    const bar = Object.assign(document.createElement('div'), { className: 'skel' });
    bar.style.setProperty('width', `${width}%`);
    return bar;
  })), 300);
  try {
    const [answer, library] = await Promise.all([answerOf(panel), echarts()]);
    clearTimeout(bars);
    return { answer, library };
  } finally {
    clearTimeout(bars);
    place.removeAttribute('aria-busy');
    place.replaceChildren();
  }
}

async function figure(panel) {
  const place = $('.fig', panel);
  const sheet = $('.fig-table', panel);
  if (!place) return;
  place.classList.remove('fig-fault');
  let answer, library;
  try {
    ({ answer, library } = await drawn(panel, place));
  } catch {
    fault(panel, place);
    return;
  }
  if (sheet && !$('table', sheet)) sheet.append(tableOf(answer.table));
  const heading = $('.pt', panel);
  if (panel.dataset.src && heading && answer.heading) heading.textContent = answer.heading;
  if (answer.empty || !answer.table.rows.length || !KINDS[answer.kind]) {
    if (answer.empty) { place.classList.add('fig-fault'); place.textContent = answer.empty; }
    return;
  }
  const chart = library.init(place, null, { renderer: 'svg' });
  const held = { place, chart, draw: (moving) => chart.setOption({ ...KINDS[answer.kind](answer, place.clientWidth), ...(!moving && { animation: false }) }, true) };
  held.draw(true);
  charts.add(held);
  resized.observe(place);
  place.setAttribute('role', 'img');
  place.setAttribute('aria-label', `${answer.heading}. ${answer.caption}`);
  chart.on('click', (event) => { if (event.data?.link) location.href = event.data.link; });
  panel.figure = { answer, chart, library };
}

function fault(panel, place) {
  const template = $('template[data-fault]', panel) || $('#figure-fault');
  place.classList.add('fig-fault');
  if (!template) return;
  place.replaceChildren(template.content.cloneNode(true));
  $('[data-retry]', place)?.addEventListener('click', () => figure(panel));
}

/* ── Tools in the head: chart or table, download ── */
function save(name, blob) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
function asSvg({ answer, chart }) {
  const data = chart.getDataURL({ type: 'svg', backgroundColor: token('panel') });
  save(`${answer.file}.svg`, new Blob([decodeURIComponent(data.slice(data.indexOf(',') + 1))], { type: 'image/svg+xml' }));
}
function asPng({ answer, chart, library }) {
  const box = document.createElement('div');
  const copy = library.init(box, null, { renderer: 'canvas', devicePixelRatio: 2, width: chart.getWidth(), height: chart.getHeight() });
  copy.setOption({ ...KINDS[answer.kind](answer, chart.getWidth()), animation: false });
  const data = atob(copy.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: token('panel') }).split(',')[1]);
  copy.dispose();
  save(`${answer.file}.png`, new Blob([Uint8Array.from(data, (letter) => letter.charCodeAt(0))], { type: 'image/png' }));
}
function asCsv(panel) {
  const cell = (text) => `"${text.trim().replace(/^([=+@\t\r]|-(?![\d.,]+$))/, "'$&").replaceAll('"', '""')}"`;
  const lines = $$('.fig-table tr', panel).map((row) => $$('th, td', row).map((one) => cell(one.textContent)).join(','));
  save(`${panel.dataset.file || panel.figure?.answer.file || 'figure'}.csv`, new Blob([`\ufeff${lines.join('\r\n')}`], { type: 'text/csv' }));
}
function show(panel, kind) {
  const table = kind === 'table';
  const place = $('.fig, .figbody', panel);
  const sheet = $('.fig-table', panel);
  if (!place || !sheet) return;
  place.hidden = table;
  sheet.hidden = !table;
  for (const button of $$('.seg [data-show]', panel)) button.setAttribute('aria-pressed', String(button.dataset.show === kind));
  if (!table) panel.figure?.chart.resize();
  say($(`.seg [data-show="${kind}"]`, panel)?.textContent.trim() || '');
}

eachNowAndLater('[data-figure]', (panel) => {
  panel.addEventListener('click', (event) => {
    const button = event.target.closest('[data-show], [data-save]');
    if (!button) return;
    if (button.dataset.show) { show(panel, button.dataset.show); return; }
    if (button.dataset.save === 'csv') asCsv(panel);
    else if (panel.figure) (button.dataset.save === 'svg' ? asSvg : asPng)(panel.figure);
    button.closest('[popover]')?.hidePopover();
  });
  figure(panel);
});
document.addEventListener('ks:theme', () => charts.forEach((held) => {
  if (held.place.isConnected) held.draw();
  else { held.chart.dispose(); charts.delete(held); }
}));
