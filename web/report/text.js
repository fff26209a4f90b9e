// A text with the probability of each token, and what every head read of it.

const textPieces = (view) => (view.pieces ??= JSON.parse(view.facts.pieces_text));

/** A token as it is written where blanks and line ends must be seen. */
const visiblePiece = (piece) =>
  piece === ' ' ? '␣' : piece.replaceAll('\n', '⏎').replaceAll('\t', '⇥') || '∅';

/** How bright a colour "#rrggbb" is to the eye, 0..1. */
const luminance = (colour) =>
  [0.2126, 0.7152, 0.0722].reduce(
    (sum, share, i) => sum + share * (parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16) / 255),
    0,
  );

const sequentialColour = (share) => ramps.sequential.colours[Math.min(255, Math.max(0, Math.round(share * 255)))];

/** The tokens in lines: above each a bar of its probability, behind it how much the cursor's place reads from it. */
class TextPanel {
  constructor({view, cursor, maps}) {
    Object.assign(this, {view, cursor, maps, title: 'Text', probability: view.array('probability').values});
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
    cursor.listen(() => this.mark());
    maps.choice.listeners.push(() => this.mark());
  }

  /** Characters in a grid: a line ends at a line end of the text, or where the next token has no room. */
  layout(width) {
    const cell = {width: 9, height: 44};
    const room = Math.max(20, Math.floor((width - 12) / cell.width));
    const places = [];
    let x = 0,
      y = 0;
    for (const piece of textPieces(this.view)) {
      const shown = visiblePiece(piece);
      const length = [...shown].length;
      if (x > 0 && x + length > room) [x, y] = [0, y + 1];
      places.push({x: 6 + x * cell.width, y: 8 + y * cell.height, width: length * cell.width, shown});
      x += length;
      if (piece.endsWith('\n')) [x, y] = [0, y + 1];
    }
    return {places, height: 8 + (places.at(-1).y - 8) + cell.height};
  }

  render(width) {
    const {places, height} = this.layout(width);
    const own = Number(this.view.facts['written by the model'] ?? 0);
    this.backs = [];
    const tokens = places.map(({x, y, width: wide, shown}, t) => {
      const probability = this.probability[t];
      const back = svg('rect', {x, y: y + 10, width: wide, height: 22, class: 'token-back'});
      this.backs.push(back);
      return svg(
        'g',
        {
          class: t >= places.length - own ? 'token own' : 'token',
          onpointermove: (event) => {
            this.cursor.hover(t);
            showTooltip(event, this.describe(t));
          },
          onpointerleave: () => {
            tooltip.hidden = true;
          },
          onclick: () => this.cursor.toggleLock(t),
        },
        svg('rect', {x, y, width: wide, height: 34, class: 'token-room'}),
        back,
        svg('rect', {x: x + 1, y: y + 2, width: wide - 2, height: 5, class: 'token-frame'}),
        Number.isNaN(probability)
          ? null
          : svg('rect', {x: x + 1, y: y + 2, width: (wide - 2) * probability, height: 5, class: 'token-bar'}),
        svg('text', {x: x + wide / 2, y: y + 25, 'text-anchor': 'middle', class: 'token-text'}, shown),
      );
    });
    this.frame = svg('rect', {class: 'cursor', height: 24, y: 0});
    this.places = places;
    this.picture = svg(
      'svg',
      {width, height, class: 'plot text', role: 'img', 'aria-label': `Text: ${textPieces(this.view).join('')}`},
      ...tokens,
      this.frame,
    );
    this.drawing.replaceChildren(this.picture);
    this.mark();
  }

  describe(t) {
    const lines = [`“${visiblePiece(textPieces(this.view)[t])}”`];
    if (t === 0) return [...lines, 'given'];
    lines.push(`probability ${numberText(this.probability[t])}`);
    const words = (this.words ??= JSON.parse(this.view.facts.pieces_likeliest));
    const ranks = this.view.array('likeliest').slice(t).values,
      shares = this.view.array('likeliest_probability').slice(t).values;
    ranks.forEach((word, rank) => lines.push(`${numberText(shares[rank])} “${visiblePiece(words[word])}”`));
    return lines;
  }

  /** Colours each token by what the cursor's place reads from it. */
  mark() {
    if (!this.places) return;
    const {step} = this.cursor;
    const {layer, head} = this.maps.choice;
    this.backs.forEach((back, t) => {
      const read = t <= step;
      const colour = read ? sequentialColour(this.maps.weight(layer, head, step, t)) : 'none';
      back.style.fill = colour;
      back.parentNode.classList.toggle('on-dark', read && luminance(colour) < 0.45);
      back.parentNode.classList.toggle('on-light', read && luminance(colour) >= 0.45);
    });
    const place = this.places[step];
    for (const [name, value] of Object.entries({x: place.x, y: place.y + 9, width: place.width}))
      this.frame.setAttribute(name, value);
  }

  table() {
    return {
      header: ['token', 'text', 'probability'],
      rows: textPieces(this.view).map((piece, t) => [t + 1, piece, this.probability[t]]),
    };
  }
}

const text_view = {
  steps: (view) => textPieces(view).length,
  readout(view, step) {
    const piece = visiblePiece(textPieces(view)[step]);
    const probability = view.array('probability').values[step];
    return `token ${step + 1}: “${piece}”${Number.isNaN(probability) ? '' : ` · probability ${numberText(probability)}`}`;
  },
  groups(view, cursor) {
    const pieces = textPieces(view).map(visiblePiece);
    const maps = new TranslationMaps(view.array('attention'), pieces, pieces);
    return [
      {
        ...group(
          'The text, token by token',
          'The bar above a token is the probability that the model gave it. Its colour is the weight with which the chosen head, after the cursor’s token, reads from it.',
          new TextPanel({view, cursor, maps}),
        ),
        layout: 'wide',
      },
      {
        ...group(
          'What each head reads',
          'A row is the place that reads, a column what it reads from: softmax(QKᵀ/√d) of one head (Vaswani et al. 2017, eq. 1). Click a small picture to choose its head.',
          new LayerHeadsPanel(maps),
          new WordMapPanel(maps, 'Attention', 'after', 'reads'),
        ),
        layout: 'wide',
      },
    ];
  },
};
