// The trace and the metrics that the page carries.

const page_data = JSON.parse(document.getElementById('data').textContent);

/** Float32 values that were written as base64, little-endian. */
function decodeFloats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({length: bytes.length / 4}, (_, i) => view.getFloat32(4 * i, true));
}

/** One array of a view, decoded when first asked for. */
class NamedArray {
  constructor(plain) {
    Object.assign(this, {name: plain.name, axes: plain.axes, shape: plain.shape, unit: plain.unit});
    this.encoded = plain.values;
  }
  get values() {
    this.decoded ??= decodeFloats(this.encoded);
    return this.decoded;
  }
  /** The part with the first axis at `index`. */
  slice(index) {
    const size = this.shape.slice(1).reduce((product, extent) => product * extent, 1);
    return {
      name: this.name,
      unit: this.unit,
      axes: this.axes.slice(1),
      shape: this.shape.slice(1),
      values: this.values.subarray(index * size, (index + 1) * size),
    };
  }
}

function decodeViews() {
  const used = new Map();
  return page_data.trace.views.map((plain) => {
    const word = slug(plain.title);
    used.set(word, (used.get(word) ?? 0) + 1);
    const arrays = new Map(plain.arrays.map((array) => [array.name, new NamedArray(array)]));
    return {
      kind: plain.kind,
      title: plain.title,
      facts: plain.facts,
      arrays,
      id: used.get(word) === 1 ? word : `${word}-${used.get(word)}`,
      array: (name) => arrays.get(name),
    };
  });
}

/** The smallest and largest finite value; [0, 0] when there is none. */
function extent(values) {
  let low = Infinity,
    high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}
