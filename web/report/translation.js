// What a transformer attended to: every layer and head as a small picture, and the chosen one with its words.

const kHeadPictureGap = 8;

/** "▁Mann" → "Mann"; a piece that goes on within a word begins with a hyphen; the end of a sentence is "end". */
function pieceText(piece) {
  if (piece === '</s>') return 'end';
  if (piece.startsWith('▁')) return piece.slice(1) || '␣';
  return /^\p{P}+$/u.test(piece) ? piece : `‑${piece}`;
}

/** Which layer and head is shown large; those who draw it listen. */
class LayerHeadChoice {
  constructor(layers, heads) {
    Object.assign(this, {layers, heads, layer: layers - 1, head: null, listeners: []});
  }
  choose(layer, head) {
    Object.assign(this, {layer, head});
    for (const listener of this.listeners) listener();
  }
  get text() {
    return this.head === null ? `layer ${this.layer + 1}, mean of its heads` : `layer ${this.layer + 1}, head ${this.head + 1}`;
  }
}

/** The weights of one of three kinds of attention: array [layer, head, row, column] and the words of both sides. */
class TranslationMaps {
  constructor(array, rows, columns) {
    Object.assign(this, {array, rows, columns});
    [this.layers, this.heads] = array.shape;
    this.choice = new LayerHeadChoice(this.layers, this.heads);
  }
  weight(layer, head, row, column) {
    const {values} = this.array;
    const at = (each) => ((layer * this.heads + each) * this.rows.length + row) * this.columns.length + column;
    if (head !== null) return values[at(head)];
    let sum = 0;
    for (let each = 0; each < this.heads; ++each) sum += values[at(each)];
    return sum / this.heads;
  }
  image(layer, head) {
    const rows = this.rows.map((_, row) => row);
    const value = (row, column) => this.weight(layer, head, row, column);
    const high = Math.max(1e-6, ...rows.flatMap((row) => this.columns.map((_, column) => value(row, column))));
    return {address: mapImage(rows, this.columns.length, value, rampOf({signed: false}), sequentialScale(high)), high};
  }
}

/** All heads, a row of pictures for each layer and at its end the mean of its heads. A click shows one large. */
class LayerHeadsPanel {
  constructor(maps) {
    Object.assign(this, {maps, title: 'Every head'});
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
    maps.choice.listeners.push(() => this.mark());
  }

  render(width) {
    const {maps} = this;
    const {layers, heads, rows, columns} = maps;
    const left = 58;
    const cell = Math.max(20, Math.min(150, (width - left) / (heads + 1) - kHeadPictureGap));
    const height = Math.max(16, Math.min(cell * 1.4, (cell * rows.length) / columns.length));
    const top = 44;
    this.frames = new Map();
    const picture = svg('svg', {
      width,
      height: top + layers * (height + kHeadPictureGap) + 2,
      class: 'plot',
      role: 'group',
      'aria-label': `${layers} layers with ${heads} heads each`,
    });
    picture.append(svg('text', {class: 'title', x: 4, y: 15}, this.title));
    const each = [...Array(heads).keys(), null];
    each.forEach((head, i) =>
      picture.append(
        svg('text', {class: 'tick', x: left + i * (cell + kHeadPictureGap) + cell / 2, y: top - 8, 'text-anchor': 'middle'}, head === null ? 'mean' : `head ${head + 1}`),
      ),
    );
    for (let layer = 0; layer < layers; ++layer) {
      const y = top + layer * (height + kHeadPictureGap);
      picture.append(svg('text', {class: 'tick', x: left - 10, y: y + height / 2, 'text-anchor': 'end', 'dominant-baseline': 'central'}, `layer ${layer + 1}`));
      each.forEach((head, i) => {
        const x = left + i * (cell + kHeadPictureGap);
        const frame = svg('rect', {
          x,
          y,
          width: cell,
          height,
          class: 'head-frame',
          tabindex: 0,
          role: 'button',
          'aria-label': `layer ${layer + 1}, ${head === null ? 'mean' : `head ${head + 1}`}`,
          onclick: () => maps.choice.choose(layer, head),
          onkeydown: (event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            event.stopPropagation();
            maps.choice.choose(layer, head);
          },
        });
        this.frames.set(`${layer} ${head}`, frame);
        picture.append(
          svg('image', {x, y, width: cell, height, href: maps.image(layer, head).address, preserveAspectRatio: 'none', class: 'sharp'}),
          frame,
        );
      });
    }
    this.picture = picture;
    this.drawing.replaceChildren(picture);
    this.mark();
  }

  mark() {
    const {layer, head} = this.maps.choice;
    for (const [name, frame] of this.frames ?? []) frame.classList.toggle('chosen', name === `${layer} ${head}`);
  }

  table() {
    const {layers, heads, rows, columns} = this.maps;
    const lines = [];
    for (let layer = 0; layer < layers; ++layer)
      for (let head = 0; head < heads; ++head)
        rows.forEach((row, i) => columns.forEach((column, k) => lines.push([layer + 1, head + 1, row, column, exactNumber(this.maps.weight(layer, head, i, k))])));
    return {header: ['layer', 'head', 'query', 'key', 'weight'], rows: lines};
  }
}

/** The chosen head with its words: rows look, columns are looked at. */
class WordMapPanel {
  constructor(maps, title, row_word, column_word) {
    Object.assign(this, {maps, title, row_word, column_word});
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
    maps.choice.listeners.push(() => this.width && this.render(this.width));
  }

  render(width) {
    const {maps} = this;
    const {layer, head} = maps.choice;
    const longest = (words) => Math.max(3, ...words.map((word) => word.length));
    const left = Math.min(width * 0.35, longest(maps.rows) * 7.5 + 16);
    const top = 40 + longest(maps.columns) * 6;
    const cell = Math.max(7, Math.min(30, (width - left - 60) / maps.columns.length));
    const tall = Math.max(14, Math.min(24, cell));
    const area = {x: left, y: top, width: cell * maps.columns.length, height: tall * maps.rows.length};
    const {address: href, high} = maps.image(layer, head);
    const row_mark = svg('rect', {class: 'word-mark', x: left, width: area.width, height: tall, hidden: true});
    const column_mark = svg('rect', {class: 'word-mark', y: top, width: cell, height: area.height, hidden: true});
    const pointed = (event) => {
      const box = this.picture.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left - area.x) / cell);
      const row = Math.floor((event.clientY - box.top - area.y) / tall);
      const inside = row >= 0 && column >= 0 && row < maps.rows.length && column < maps.columns.length;
      row_mark.toggleAttribute('hidden', !inside);
      column_mark.toggleAttribute('hidden', !inside);
      tooltip.hidden = !inside;
      if (!inside) return;
      row_mark.setAttribute('y', area.y + row * tall);
      column_mark.setAttribute('x', area.x + column * cell);
      showTooltip(event, [numberText(maps.weight(layer, head, row, column)), `${this.row_word}: ${maps.rows[row]}`, `${this.column_word}: ${maps.columns[column]}`]);
    };
    const picture = svg(
      'svg',
      {
        width,
        height: top + area.height + 8,
        class: 'plot',
        role: 'img',
        'aria-label': `${this.title}, ${maps.choice.text}`,
        onpointermove: pointed,
        onpointerleave: () => {
          tooltip.hidden = true;
          row_mark.toggleAttribute('hidden', true);
          column_mark.toggleAttribute('hidden', true);
        },
      },
      svg('text', {class: 'title', x: 4, y: 15}, `${this.title}: ${maps.choice.text}`),
      ...maps.columns.map((word, i) =>
        svg('text', {class: 'attention-word', transform: `translate(${left + (i + 0.6) * cell} ${top - 6}) rotate(-55)`}, word),
      ),
      ...maps.rows.map((word, i) =>
        svg('text', {class: 'attention-word', x: left - 8, y: top + (i + 0.5) * tall, 'text-anchor': 'end', 'dominant-baseline': 'central'}, word),
      ),
      svg('image', {x: area.x, y: area.y, width: area.width, height: area.height, href, preserveAspectRatio: 'none', class: 'sharp'}),
      svg('rect', {class: 'frame', x: area.x, y: area.y, width: area.width, height: area.height}),
      row_mark,
      column_mark,
      colourBar(area.x + area.width + 12, area.y, Math.min(140, area.height), sequentialScale(high)),
    );
    this.picture = picture;
    this.drawing.replaceChildren(picture);
  }

  table() {
    const {maps} = this;
    const {layer, head} = maps.choice;
    return {
      header: [`${this.row_word} \\ ${this.column_word}`, ...maps.columns],
      rows: maps.rows.map((word, row) => [word, ...maps.columns.map((_, column) => exactNumber(maps.weight(layer, head, row, column)))]),
    };
  }
}

const translation = {
  steps: () => 0,
  readout: () => '',
  groups(view) {
    const words = (fact) => view.facts[`pieces_${fact}`].split('|').map(pieceText);
    const kinds = [
      ['context_weights', 'From translation to sentence', 'What each written piece read of the sentence', 'written', 'read', 'written piece', 'piece of the sentence'],
      ['encoder_weights', 'Within the sentence', 'What each piece of the sentence read of the others', 'read', 'read', 'piece', 'reads'],
      ['decoder_weights', 'Within the translation', 'What each step read of what was written before', 'written', 'written', 'gives', 'has written before'],
    ];
    const notes = {
      context_weights:
        'A row is the step that gave the piece, a column a piece of the sentence: softmax(QKᵀ/√d) of one head (Vaswani et al. 2017, eq. 1). Where the order of words differs between the languages, the bright cells leave the diagonal.',
      encoder_weights: 'Self-attention of the encoder.',
      decoder_weights: 'Self-attention of the decoder, which sees no later piece. Columns are inputs: the first is the begin of the translation, the others the pieces before.',
    };
    return kinds
      .filter(([name]) => view.array(name))
      .map(([name, panel, title, rows, columns, row_word, column_word]) => {
        const column_words = name === 'decoder_weights' ? ['begin', ...words(columns).slice(0, -1)] : words(columns);
        const maps = new TranslationMaps(view.array(name), words(rows), column_words);
        return group(title, notes[name], new WordMapPanel(maps, panel, row_word, column_word), new LayerHeadsPanel(maps));
      });
  },
};
