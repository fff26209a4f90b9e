// The view that is shown: its bar with play, step and speed, its facts and its groups of panels.

const panels_on_page = new Set();
const kStepsBesideWords = 30;

/** Draws panels at the width of their place, again whenever that changes. */
function showPanels(holder, panels) {
  holder.replaceChildren(...panels.map((panel) => panel.element));
  const observer = new ResizeObserver((entries) => {
    for (const {target, contentRect} of entries) {
      const panel = panels.find(({element}) => element === target);
      if (panel && contentRect.width > 0 && Math.abs(contentRect.width - (panel.width ?? 0)) > 0.5) {
        panel.width = contentRect.width;
        panel.render(contentRect.width);
      }
    }
  });
  for (const panel of panels) observer.observe(panel.element);
  for (const panel of panels_on_page) if (!panel.element.isConnected) panels_on_page.delete(panel);
  for (const panel of panels) panels_on_page.add(panel);
}

document.addEventListener('themechange', () => {
  for (const panel of panels_on_page) if (panel.element.isConnected && panel.width) panel.render(panel.width);
});

const kSpeeds = [
  [2, '2 steps/s'],
  [5, '5 steps/s'],
  [10, '10 steps/s'],
  [30, '30 steps/s'],
];

/** The bar that moves the cursor of `view`; `speed()` tells the speed that it is set to. */
function playBar(view, cursor) {
  const speed = html(
    'select',
    {'aria-label': 'Speed'},
    ...kSpeeds.map(([value, text]) => html('option', {value, selected: value === 5}, text)),
  );
  const slider = html('input', {
    type: 'range',
    min: 1,
    max: cursor.steps,
    value: 1,
    'aria-label': 'Step',
    class: 'steps',
    oninput: () => {
      cursor.pause();
      cursor.move(Number(slider.value) - 1);
    },
  });
  const play = html('button', {
    type: 'button',
    class: 'play',
    onclick: () => (cursor.timer === null ? cursor.play(Number(speed.value)) : cursor.pause()),
  });
  const lock = html(
    'button',
    {type: 'button', class: 'lock', onclick: () => cursor.toggleLock(cursor.step)},
    'Lock',
  );
  const number = html('output', {class: 'step-number'});
  const said = html('p', {class: 'said', 'aria-live': 'polite'});
  cursor.listen(({step, locked, timer}) => {
    slider.value = step + 1;
    number.textContent = `step ${step + 1} of ${cursor.steps}`;
    play.textContent = timer === null ? '▶ Play' : '❚❚ Pause';
    lock.setAttribute('aria-pressed', String(locked));
    said.textContent = [wordsAt(view, step), kViews[view.kind].readout(view, step)].filter(Boolean).join(' · ');
  });
  const bar = html(
    'div',
    {class: 'bar'},
    html('div', {class: 'controls'}, play, slider, number, speed, lock),
    said,
  );
  return {bar, speed: () => Number(speed.value)};
}

/** Everything about one view. Returns {element, stop}. */
function showView(view) {
  const drawing = kViews[view.kind];
  const steps = drawing.steps(view);
  let waiting = null; // browsers refuse an address that changes with every movement of the pointer
  const cursor = new TimeCursor(Math.max(1, steps), ({step, timer}) => {
    clearTimeout(waiting);
    if (timer === null && steps > 0) waiting = setTimeout(() => address.write({step: String(step + 1)}), 150);
  });
  const asked = address.read();
  if ((asked.view ?? view.id) === view.id && asked.step)
    cursor.step = Math.min(steps, Math.max(1, Number(asked.step) || 1)) - 1;

  const figure = html('div', {
    class: 'figure',
    tabindex: 0,
    role: 'group',
    'aria-label': `${view.title}. Arrow keys move the step, space plays, Enter locks.`,
  });
  const draw = () =>
    figure.replaceChildren(
      ...[...mapGroups(view, cursor), ...drawing.groups(view, cursor)].map(({title, note, panels, layout, legend}) => {
        // Words along the axis need the whole width.
        const usual = steps > kStepsBesideWords && stepWords(view) ? 'wide' : 'pairs';
        const holder = html('div', {class: layout ?? usual});
        if (layout === 'blocks') {
          const lengths = [...new Set(panels.map(({block}) => block))];
          const blocks = lengths.map((length) => {
            const own = panels.filter(({block}) => block === length);
            const block = html('div', {
              class: own[0].share === 1 ? 'block widest' : 'block',
              style: `--share: ${own[0].share}`,
            });
            showPanels(block, own);
            return block;
          });
          holder.append(...blocks);
        } else {
          showPanels(holder, panels);
        }
        return html(
          'div',
          {class: 'group'},
          html('h3', {}, title),
          note ? html('p', {class: 'note'}, note) : null,
          legend ?? null,
          holder,
        );
      }),
    );
  draw();

  const player = steps > 0 ? playBar(view, cursor) : null;
  figure.addEventListener('keydown', (event) => {
    if (event.target === figure && steps > 0 && cursor.key(event, player.speed())) event.preventDefault();
  });
  const save = (text, action) => html('button', {type: 'button', onclick: action}, text);
  const tools = html(
    'div',
    {class: 'toolbar'},
    view.array('write_weights')
      ? choice(
          'Locations',
          () => kLocationChoice.value,
          [
            ['used', 'locations used'],
            ['all', 'all locations'],
          ],
          (value) => {
            kLocationChoice.value = value;
            address.write({rows: value});
            draw();
          },
        )
      : null,
    html(
      'span',
      {class: 'choice', role: 'group', 'aria-label': 'Save all of this'},
      save('SVG', () => saveFile(`${view.id}.svg`, 'image/svg+xml', svgText(figure))),
      save('PNG', () => savePng(figure, view.id)),
      save('JSON', () => saveFile(`${view.id}.json`, 'application/json', viewJson(view))),
    ),
  );
  const shown_facts = Object.entries(view.facts).filter(
    ([name]) =>
      view.kind !== 'story' &&
      !['modes', 'written', 'lengths', 'rule', 'words', 'context_words', 'lines'].includes(name) &&
      !name.startsWith('map_') &&
      !name.startsWith('pieces_'),
  );
  const element = html(
    'div',
    {class: 'view'},
    html(
      'div',
      {class: 'view-head'},
      html(
        'dl',
        {class: 'facts'},
        ...shown_facts.flatMap(([name, value]) => [html('dt', {}, unitText(name)), html('dd', {}, value)]),
      ),
      tools,
    ),
    player?.bar ?? null,
    figure,
    view.facts.rule
      ? html(
          'details',
          {class: 'rule'},
          html('summary', {}, 'How the modes and jumps are told'),
          html('p', {}, view.facts.rule),
        )
      : null,
    view.facts.written
      ? html(
          'details',
          {class: 'rule', open: view.array('outputs')?.shape[0] > 40},
          html('summary', {}, 'The sequence as text'),
          html('pre', {tabindex: 0, 'aria-label': 'The sequence as text'}, view.facts.written),
        )
      : null,
  );
  const stop = () => {
    cursor.pause();
    clearTimeout(waiting);
  };
  return {element, stop};
}
