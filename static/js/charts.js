// The kinds of chart: a figure's answer turned into what the library draws, with the tokens of the present theme.
// Words and number formats come from the server; what `chart` holds for each kind is in docs/frontend.md.
import { token } from './dom.js';

const FONT = '"Inter Variable","PingFang SC","Microsoft YaHei UI","Noto Sans CJK SC",sans-serif';
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** A number in the format the server names: {decimals, suffix, prefix}. */
function worded(value, format = {}) {
  const { decimals = 0, suffix = '', prefix = '' } = format;
  const text = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return `${value < 0 && Number(text.replaceAll(',', '')) !== 0 ? '−' : ''}${prefix}${text}${suffix}`;
}

/* ── What every chart shares ── */
const words = (extra = {}) => ({ color: token('ink'), fontSize: 12, fontFamily: FONT, ...extra });
const axisText = (extra = {}) => ({ color: token('ink-2'), fontSize: 12, fontWeight: 400, ...extra });
const categories = (data, extra = {}) => ({
  type: 'category', data, axisLine: { lineStyle: { color: token('line-2') } }, axisTick: { show: false },
  splitLine: { show: false }, axisLabel: axisText(), nameTextStyle: axisText(), ...extra,
});
const amounts = (chart, extra = {}) => ({
  type: 'value', name: chart.unit || '', splitNumber: 3, axisLine: { show: false }, axisTick: { show: false },
  splitLine: { lineStyle: { color: token('line') } }, nameTextStyle: axisText({ align: 'left' }),
  axisLabel: axisText({ formatter: (value) => worded(value, chart.format) }), ...extra,
});
const plain = { showSymbol: false, silent: true, tooltip: { show: false } };
const nothing = { color: 'transparent', opacity: 1 };

function base(answer) {
  return {
    animation: !calm.matches, animationDuration: 240, animationDurationUpdate: 240,
    textStyle: { fontFamily: FONT, fontSize: 12, fontWeight: 400, color: token('ink-2') },
    aria: { enabled: true, label: { description: `${answer.heading}. ${answer.caption}` } },
    grid: { left: 4, right: 12, top: answer.chart.unit ? 28 : 20, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
    tooltip: {
      trigger: 'axis', confine: true, backgroundColor: token('panel'), borderColor: token('line'), borderWidth: 1,
      padding: [8, 12], textStyle: { color: token('ink'), fontSize: 12 }, formatter: (points) => tip(answer, points),
      axisPointer: { type: 'line', lineStyle: { color: token('line-2'), type: 'solid', width: 1 } },
    },
  };
}

/** The tooltip is the row of the table: same words, same numbers. */
function tip(answer, points) {
  const row = answer.table.rows[[points].flat()[0]?.dataIndex];
  const box = Object.assign(document.createElement('div'), { className: 'tip' });
  if (!row) return box;
  box.append(Object.assign(document.createElement('b'), { textContent: row[0] }));
  const list = document.createElement('dl');
  row.slice(1).forEach((cell, index) => list.append(
    Object.assign(document.createElement('dt'), { textContent: answer.table.columns[index + 1].label }),
    Object.assign(document.createElement('dd'), { textContent: cell }),
  ));
  box.append(list);
  return box;
}
const line = (name, data, color, extra = {}) => ({
  name, type: 'line', data, showSymbol: false, lineStyle: { width: 2.5, color }, itemStyle: { color }, ...extra,
});
const band = (low, high) => [
  { ...plain, type: 'line', stack: 'band', data: low, lineStyle: { opacity: 0 } },
  { ...plain, type: 'line', stack: 'band', data: high.map((top, i) => (top == null ? null : top - low[i])), lineStyle: { opacity: 0 },
    areaStyle: { color: token('b'), opacity: 0.16 } },
];

/* ── The kinds ── */
export const KINDS = {
  pareto(answer, width) {
    const narrow = width < 480;
    const { points, previous = [], marks, x_name: xName, y_name: yName, equal, tip: tipText } = answer.chart;
    const cuts = [0, ...marks.map((mark) => mark.x), 100];
    const tiers = [...marks.map((mark) => mark.tier), 'c'];
    const parts = tiers.map((tier, i) => line('', points.filter(([x]) => x >= cuts[i] && x <= cuts[i + 1]), token(tier), {
      showSymbol: false, areaStyle: { color: token(tier), opacity: 0.13 }, tooltip: { show: true },
      markLine: marks[i] && {
        silent: true, symbol: 'none', label: { show: false }, lineStyle: { color: token(tier), type: [4, 3], width: 1 },
        data: [
          [{ coord: [0, marks[i].y] }, { coord: [marks[i].x, marks[i].y] }],
          [{ coord: [marks[i].x, marks[i].y] }, { coord: [marks[i].x, 0] }],
        ],
      },
    }));
    const right = (marks.at(-1)?.x || 58) + 4;
    const alike = right <= 74 ? Math.max(62, right) : 36;
    const label = (mark, i) => words({
      show: !(narrow && i), position: 'bottom', distance: 14, align: 'left', offset: [14, i ? 4 : 18], lineHeight: i ? 17 : 19,
      color: i ? token('ink-2') : token('ink'), formatter: i ? mark.label.join('\n') : `{b|${mark.label[0]}}\n${mark.label.slice(1).join('\n')}`,
      ...(narrow && { width: 150, overflow: 'break' }),
      rich: { b: { fontWeight: 650, fontSize: narrow ? 12 : 14, color: token('ink'), fontFamily: FONT } },
    });
    const shared = base(answer);
    return {
      ...shared,
      grid: { ...shared.grid, top: 26, right: 20 },
      tooltip: { ...shared.tooltip, formatter: (hit) => {
        const [x, y] = [hit].flat()[0].data;
        return Object.assign(document.createElement('div'), {
          className: 'tip', textContent: tipText.replace('{x}', worded(x, { decimals: 1 })).replace('{y}', worded(y, { decimals: 1 })),
        });
      } },
      xAxis: { ...categories(undefined), type: 'value', max: 100, name: xName, nameLocation: 'middle', nameGap: 28,
        axisLabel: axisText({ formatter: '{value}%' }) },
      yAxis: amounts({}, { max: 100, interval: 20, name: yName, axisLabel: axisText({ formatter: '{value}%' }) }),
      series: [
        ...parts,
        { ...plain, type: 'line', data: [[0, 0], [100, 100]], lineStyle: { width: 1, color: token('line-2'), type: [2, 4] } },
        { ...plain, type: 'line', data: previous, lineStyle: { width: 1.2, color: token('ink-2'), type: [5, 4] } },
        { type: 'scatter', silent: true, symbolSize: 10, tooltip: { show: false }, itemStyle: { borderColor: token('panel'), borderWidth: 2, opacity: 1 },
          data: marks.map((mark, i) => ({ value: [mark.x, mark.y], itemStyle: { color: token(mark.tier), opacity: 1 }, label: label(mark, i) })) },
        { type: 'scatter', silent: true, symbolSize: 1, tooltip: { show: false }, itemStyle: nothing,
          data: equal && !narrow ? [{ value: [alike, alike], label: words({ show: true, position: 'bottom', distance: 12, align: 'left', color: token('ink-2'), formatter: equal }) }] : [] },
      ],
    };
  },

  mix(answer) {
    const { labels, series } = answer.chart;
    const shared = base(answer);
    const last = labels.length - 1;
    const under = (i) => series.slice(0, i).reduce((sum, other) => sum + (other.values[last] || 0), 0);
    return {
      ...shared,
      grid: { ...shared.grid, right: 84, top: answer.chart.unit ? 28 : 12 },
      xAxis: categories(labels),
      yAxis: amounts(answer.chart),
      series: [
        ...series.map((one) => ({
          name: one.name, type: 'bar', stack: 'all', barWidth: '68%', barMaxWidth: 40,
          itemStyle: { color: token(one.tier), borderColor: token('panel'), borderWidth: 1 },
          data: one.values.map((value, j) => ({ value, link: one.links?.[j], itemStyle: { opacity: j === last ? 1 : 0.6 } })),
        })),
        { type: 'scatter', silent: true, symbolSize: 1, itemStyle: nothing, tooltip: { show: false },
          data: series.filter((one) => one.end).map((one, i) => ({
            value: [last, (one.values[last] || 0) / 2 + under(i)],
            label: words({ show: true, position: 'right', distance: 24, align: 'left', formatter: `{n|${one.end[0]}}\n{p|${one.end[1] || ''}}`,
              rich: { n: { fontWeight: 620, fontSize: 13, color: token('ink'), fontFamily: FONT }, p: { color: token('ink-2'), fontSize: 12, lineHeight: 16, fontFamily: FONT } } }),
          })) },
      ],
    };
  },

  trend(answer) {
    const { labels, values, low, high, previous, texts = [], names = {}, links = [] } = answer.chart;
    const below = (i) => low?.[i] != null && values[i] != null && values[i] < low[i];
    const bars = values.map((value, i) => ({
      value, link: links[i], itemStyle: { color: token(below(i) ? 'bad' : 'b'), borderRadius: [2, 2, 0, 0] },
    }));
    const told = values.flatMap((value, i) => (below(i) && texts[i] ? [{
      value: [i, value],
      label: words({ show: true, position: 'top', distance: 5, formatter: texts[i], color: token('bad'), fontWeight: 600, textBorderColor: token('panel'), textBorderWidth: 3 }),
    }] : []));
    return {
      ...base(answer),
      xAxis: categories(labels),
      yAxis: amounts(answer.chart),
      series: [
        ...(low && high ? band(low, high) : []),
        { name: names.values, type: 'bar', barWidth: '52%', data: bars },
        ...(previous ? [line(names.previous, previous, token('ink-2'), { lineStyle: { width: 1.4, color: token('ink-2'), type: [4, 3] } })] : []),
        { ...plain, type: 'scatter', z: 5, symbolSize: 1, itemStyle: nothing, labelLayout: { hideOverlap: true }, data: told },
      ],
    };
  },

  bars(answer) {
    const { labels, series, horizontal } = answer.chart;
    const along = categories(labels, horizontal ? { inverse: true, axisLabel: axisText({ width: 140, overflow: 'truncate' }) } : {});
    return {
      ...base(answer),
      [horizontal ? 'yAxis' : 'xAxis']: along,
      [horizontal ? 'xAxis' : 'yAxis']: amounts(answer.chart),
      series: series.map((one) => ({
        name: one.name, type: 'bar', stack: one.stack, barWidth: series.length === 1 || one.stack ? '60%' : undefined,
        itemStyle: { color: token(one.tone || 'b'), borderRadius: horizontal ? [0, 2, 2, 0] : [2, 2, 0, 0] },
        data: one.values.map((value, i) => ({
          value, link: one.links?.[i], itemStyle: one.tones ? { color: token(one.tones[i]) } : {},
          label: one.texts?.[i] ? words({ show: true, position: horizontal ? 'right' : 'top', formatter: one.texts[i], color: token('ink-2') }) : { show: false },
        })),
      })),
    };
  },

  line(answer) {
    const { labels, series, min, max, interval, band: range } = answer.chart;
    const shared = base(answer);
    const drawn = {
      subject: (color) => ({ symbolSize: 4, showSymbol: labels.length < 32, lineStyle: { width: 2.5, color } }),
      context: (color) => ({ lineStyle: { width: 1.5, color } }),
      reference: (color) => ({ lineStyle: { width: 1.2, color, type: [4, 3] } }),
    };
    return {
      ...shared,
      grid: { ...shared.grid, right: series.some((one) => one.end) ? 92 : 12 },
      xAxis: categories(labels, { boundaryGap: false }),
      yAxis: amounts(answer.chart, { ...(min != null && { min }), ...(max != null && { max }), ...(interval && { interval }) }),
      series: [
        ...(range ? band(range.low, range.high) : []),
        ...series.map((one) => {
          const color = token(one.tone || (one.role === 'subject' ? 'a' : 'ink-2'));
          return line(one.name, one.values, color, {
            ...(drawn[one.role] || drawn.context)(color),
            ...(one.end && { endLabel: { show: true, formatter: one.end, color, fontFamily: FONT, fontSize: 12, fontWeight: one.role === 'subject' ? 620 : 500, distance: 8 } }),
          });
        }),
      ],
    };
  },
};
