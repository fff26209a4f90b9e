// Makers of page elements, numbers as text, axis ticks.

const kSvg = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An HTML element: html('p', {class: 'note'}, 'text', child). Attributes `onclick` and so on take functions. */
const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element, in the same way. */
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(kSvg, tag), attributes, children);

/** 4 significant digits, no exponent between 0.001 and 10 million: "0.9981", "12,345", "3.2e-7". */
function numberText(value) {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e7)
    return value.toExponential(2).replace('e+', 'e').replace('-', '−').replace('e-', 'e−');
  const text =
    size >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)));
  return text.replace('-', '−');
}

/** The fewest digits that name a float32 and no other: "0.1", not "0.10000000149011612". */
function exactNumber(value) {
  for (let digits = 6; digits < 9; ++digits) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === Math.fround(value)) return shorter;
  }
  return Number(value.toPrecision(9));
}

function secondsText(seconds) {
  if (seconds < 120) return `${numberText(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "bits_per_sequence" → "bits per sequence"; "wrong_bits_percent" → "wrong bits (%)". */
function unitText(name) {
  return name.endsWith('_percent')
    ? `${name.slice(0, -8).replaceAll('_', ' ')} (%)`
    : name.replaceAll('_', ' ');
}

/** About `count` round numbers that cover [low, high]. */
function roundTicks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; ++k)
    ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

/** Whole powers of ten inside [low, high], thinned to at most `count`. */
function decadeTicks(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9),
    last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks = [];
  for (let power = first; power <= last; power += every) ticks.push(10 ** power);
  return ticks;
}

/** A word for addresses: "Copy, length 20" → "copy-length-20". */
const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'view';
