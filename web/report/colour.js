// Colour scales. The tables come with the page: 256 colours each, evenly spaced to the eye.

const kModeClasses = ['mode-content', 'mode-content-shift', 'mode-location'];

const ramps = Object.fromEntries(
  Object.entries(page_data.ramps).map(([name, colours]) => [
    name,
    {
      colours,
      bytes: colours.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))),
    },
  ]),
);

/** A scale from 0: weights and probabilities. */
const sequentialScale = (high) => ({low: 0, high, signed: false});

/** [low, high] and the scale that fits: sequential when nothing is below zero, else diverging about zero. */
function scaleFor(array) {
  const [low, high] = extent(array.values);
  if (low >= 0) return sequentialScale(Math.max(1, high));
  const size = Math.max(-low, high);
  return {low: -size, high: size, signed: true};
}

/** The same for inputs: a number among bits, such as a count of repeats, must not hide the bits. */
function clippedScale(array) {
  const {low, high, signed} = scaleFor(array);
  return {low: Math.max(-1, low), high: Math.min(1, high), signed, clipped: high > 1};
}

/** Zero of a signed scale is the colour of the paper, so its colours change with the theme. */
function rampOf({signed}) {
  if (!signed) return ramps.sequential;
  return document.documentElement.dataset.theme === 'dark' ? ramps.diverging_dark : ramps.diverging;
}

/** An image of one pixel a value, as a data address; the drawing stretches it with sharp edges. */
function mapImage(rows, steps, value, ramp, {low, high}) {
  const canvas = html('canvas', {width: steps, height: rows.length});
  const context = canvas.getContext('2d');
  const image = context.createImageData(steps, rows.length);
  const last = ramp.bytes.length - 1;
  for (let y = 0; y < rows.length; ++y) {
    for (let x = 0; x < steps; ++x) {
      const share = (value(rows[y], x) - low) / (high - low);
      const [red, green, blue] = ramp.bytes[Math.min(last, Math.max(0, Math.round(share * last) || 0))];
      image.data.set([red, green, blue, 255], 4 * (y * steps + x));
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

let gradient_count = 0;
/** A colour bar with its numbers, at the right of a panel. */
function colourBar(x, y, height, scale) {
  const {low, high, signed} = scale,
    ramp = rampOf(scale);
  const id = `ramp-${++gradient_count}`;
  const stops = Array.from({length: 17}, (_, i) =>
    svg('stop', {
      offset: 1 - i / 16,
      'stop-color': ramp.colours[Math.round((i / 16) * 255)],
    }),
  ).reverse();
  const middle = signed && height >= 56;
  const label = (value, at) =>
    svg(
      'text',
      {x: x + 12, y: at, class: 'tick', 'dominant-baseline': 'central'},
      `${scale.clipped && value === high ? '≥ ' : ''}${scale.clipped && value === low && signed ? '≤ ' : ''}${numberText(Number(value.toPrecision(2)))}`,
    );
  return svg(
    'g',
    {},
    svg('defs', {}, svg('linearGradient', {id, x1: 0, y1: 0, x2: 0, y2: 1}, ...stops)),
    svg('rect', {x, y, width: 8, height, fill: `url(#${id})`}),
    label(high, y + 5),
    label(low, y + height - 5),
    middle ? label(0, y + height / 2) : null,
  );
}
