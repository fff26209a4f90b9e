// Saving what is shown: SVG, PNG, CSV, JSON.

function saveFile(name, type, content) {
  const link = html('a', {download: name, href: URL.createObjectURL(new Blob([content], {type}))});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const kInlined = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'font-family',
  'font-size',
  'font-weight',
  'opacity',
  'image-rendering',
  'stroke-linejoin',
];

/** A copy of a drawing that carries its own style, without cursor and readout. */
function standalone(picture) {
  const copy = picture.cloneNode(true);
  const originals = picture.querySelectorAll('*'),
    copies = copy.querySelectorAll('*');
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    copies[i].setAttribute(
      'style',
      kInlined.map((name) => `${name}:${style.getPropertyValue(name)}`).join(';'),
    );
  });
  copy.querySelectorAll('.cursor, .readout').forEach((element) => element.remove());
  copy.setAttribute('xmlns', kSvg);
  return copy;
}

/** All drawings inside `container`, placed as on the page, as one SVG text. */
function svgText(container) {
  const outer = container.getBoundingClientRect();
  const whole = svg('svg', {
    xmlns: kSvg,
    width: Math.ceil(outer.width),
    height: Math.ceil(outer.height),
    viewBox: `0 0 ${Math.ceil(outer.width)} ${Math.ceil(outer.height)}`,
  });
  const paper = getComputedStyle(document.body).backgroundColor;
  whole.append(svg('rect', {width: '100%', height: '100%', fill: paper}));
  for (const picture of container.querySelectorAll('svg.plot')) {
    const box = picture.getBoundingClientRect();
    const copy = standalone(picture);
    copy.setAttribute('x', box.left - outer.left);
    copy.setAttribute('y', box.top - outer.top);
    whole.append(copy);
  }
  return new XMLSerializer().serializeToString(whole);
}

/** The same as a PNG of three pixels to a point. */
async function savePng(container, name) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(container))}`;
  await image.decode();
  const canvas = html('canvas', {width: image.width * 3, height: image.height * 3});
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => saveFile(`${name}.png`, 'image/png', blob));
}

function csvText({header, rows}) {
  const cell = (value) =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return [header, ...rows].map((row) => Array.from(row, cell).join(',')).join('\n') + '\n';
}

/** A view as trace data, with plain numbers. */
function viewJson(view) {
  const arrays = [...view.arrays.values()].map(({name, axes, shape, unit, values}) => ({
    name,
    axes,
    shape,
    unit,
    values: Array.from(values, exactNumber),
  }));
  return JSON.stringify({kind: view.kind, title: view.title, facts: view.facts, arrays});
}

/** The small menu at the corner of a drawing; `panel` has title, drawing and table(). */
function saveMenu(panel) {
  const name = slug(panel.title);
  const entry = (text, action) =>
    html(
      'button',
      {
        type: 'button',
        onclick: (event) => {
          event.target.closest('details').open = false;
          action();
        },
      },
      text,
    );
  return html(
    'details',
    {class: 'save'},
    html('summary', {'aria-label': `Save: ${panel.title}`, title: 'Save this drawing or its numbers'}, '⤓'),
    html(
      'div',
      {},
      entry('SVG', () => saveFile(`${name}.svg`, 'image/svg+xml', svgText(panel.drawing))),
      entry('PNG', () => savePng(panel.drawing, name)),
      entry('CSV', () => saveFile(`${name}.csv`, 'text/csv', csvText(panel.table()))),
    ),
  );
}
