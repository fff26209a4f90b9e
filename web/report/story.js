// A story that a model read for a question: its sentences, and how much each look at them weighed each.

const kAnswerRow = 20;

/** Sentences as rows, looks as columns; a star marks what the answer rests on. Below it the question and the likeliest
 * answers. */
class StoryPanel {
  constructor(view) {
    const list = (fact) => (view.facts[fact] ? view.facts[fact].split('|') : []);
    Object.assign(this, {view, title: 'Where it looked', sentences: list('sentences'), answers: list('answers')});
    this.looks = view.array('looks');
    this.support = view.array('support').values;
    this.probabilities = view.array('answer_probability').values;
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
  }

  weight(look, sentence) {
    return this.looks.values[look * this.looks.shape[1] + sentence];
  }

  /** The weights as coloured cells with their percent. */
  cells(left, top, cell, row) {
    const ramp = rampOf({signed: false});
    const drawn = svg('g', {});
    for (let look = 0; look < this.looks.shape[0]; ++look) {
      const x = left + look * (cell + 3);
      drawn.append(svg('text', {class: 'tick', x: x + cell / 2, y: top - 6, 'text-anchor': 'middle'}, `${this.view.facts.look} ${look + 1}`));
      for (let i = 0; i < this.sentences.length; ++i) {
        const weight = this.weight(look, i);
        const y = top + i * row;
        const at = Math.round(Math.min(1, Math.max(0, weight)) * 255);
        const [red, green, blue] = ramp.bytes[at];
        const light = 0.299 * red + 0.587 * green + 0.114 * blue > 140;
        drawn.append(
          svg('rect', {
            x,
            y: y + 1,
            width: cell,
            height: row - 2,
            rx: 2,
            fill: ramp.colours[at],
            onpointermove: (event) => showTooltip(event, this.said(look, i)),
            onpointerleave: () => {
              tooltip.hidden = true;
            },
          }),
          weight >= 0.005 && row >= 14
            ? svg('text', {class: 'story-weight', x: x + cell / 2, y: y + row / 2, style: `fill: ${light ? '#16191d' : '#ffffff'}`}, String(Math.round(weight * 100)))
            : '',
        );
      }
    }
    return drawn;
  }

  said(look, i) {
    return [
      `${this.view.facts.look} ${look + 1}: ${numberText(this.weight(look, i))}`,
      this.sentences[i],
      ...(this.support[i] ? ['the answer rests on it'] : []),
    ];
  }

  render(width) {
    const {facts} = this.view;
    const looks = this.looks.shape[0];
    const row = this.sentences.length > 24 ? 17 : 22;
    const longest = Math.max(10, ...this.sentences.map((sentence) => sentence.length));
    const left = Math.min(longest * 7.2 + 62, width * 0.7);
    const cell = Math.max(18, Math.min(84, (width - left - 12) / looks - 3));
    const top = 48;
    const end = top + this.sentences.length * row + 14;
    const bars = {x: Math.max(110, ...this.answers.map((answer) => answer.length * 7 + 30)), width: Math.min(260, width - 200)};
    const picture = svg(
      'svg',
      {
        width,
        height: end + 34 + this.answers.length * kAnswerRow,
        class: 'plot story',
        role: 'img',
        'aria-label': `${facts.question} Given: ${facts.given}.`,
      },
      svg('text', {class: 'title', x: 4, y: 15}, this.title),
      ...this.sentences.flatMap((sentence, i) => {
        const y = top + i * row + row / 2;
        return [
          svg('text', {class: 'tick', x: 22, y, 'text-anchor': 'end', 'dominant-baseline': 'central'}, String(i + 1)),
          this.support[i] ? svg('text', {class: 'story-star', x: 27, y, 'dominant-baseline': 'central'}, '★') : null,
          svg('text', {x: 42, y, 'dominant-baseline': 'central', class: this.support[i] ? 'story-support' : ''}, sentence),
        ];
      }),
      this.cells(left, top, cell, row),
      svg('text', {class: 'title', x: 42, y: end + 14}, facts.question),
      ...this.answers.flatMap((answer, i) => {
        const y = end + 26 + i * kAnswerRow + kAnswerRow / 2;
        const right = facts.expected === undefined ? '' : answer === facts.expected ? ' ✓' : '';
        return [
          svg('text', {x: bars.x - 8, y, 'text-anchor': 'end', 'dominant-baseline': 'central'}, answer + right),
          svg('rect', {class: 'story-answer', x: bars.x, y: y - 6, width: Math.max(1, this.probabilities[i] * bars.width), height: 12, rx: 2}),
          svg('text', {class: 'tick', x: bars.x + this.probabilities[i] * bars.width + 6, y, 'dominant-baseline': 'central'}, `${numberText(this.probabilities[i] * 100)} %`),
        ];
      }),
    );
    this.picture = picture;
    this.drawing.replaceChildren(picture);
  }

  table() {
    const names = Array.from({length: this.looks.shape[0]}, (_, look) => `${this.view.facts.look} ${look + 1}`);
    return {
      header: ['sentence', 'text', 'support', ...names],
      rows: this.sentences.map((sentence, i) => [
        i + 1,
        sentence,
        this.support[i],
        ...names.map((_, look) => exactNumber(this.weight(look, i))),
      ]),
    };
  }
}

const kStoryNotes = {
  hop: 'One column a hop: the question, with what the hops before found, is compared with every sentence, and the softmax of the products weighs what is read (Sukhbaatar et al. 2015, equations 1 and 2). In percent. A star marks the sentences that the answer rests on.',
  pass: 'One column a pass over the facts: the gate of each, a softmax over all, decides how far the episode’s GRU takes it in (Xiong et al. 2016, equations 8 to 14). In percent. A star marks the sentences that the answer rests on.',
};

const story = {
  steps: () => 0,
  readout: () => '',
  groups: (view) => [
    {...group('The story and the looks at it', kStoryNotes[view.facts.look] ?? '', new StoryPanel(view)), layout: 'wide'},
  ],
};
