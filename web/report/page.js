// Puts the page together and follows the address.

/** Light or dark: what the address says, else what the reader's system prefers, until the button is pressed. */
function themeButton() {
  const preference = matchMedia('(prefers-color-scheme: dark)');
  const button = html('button', {
    type: 'button',
    class: 'theme',
    onclick: () => {
      address.write({theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'});
      apply();
    },
  });
  const apply = () => {
    const asked = address.read().theme;
    const theme = ['light', 'dark'].includes(asked) ? asked : preference.matches ? 'dark' : 'light';
    document.documentElement.dataset.theme = theme;
    button.textContent = theme === 'dark' ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Use ${button.textContent.toLowerCase()} colours`);
    document.dispatchEvent(new Event('themechange'));
  };
  preference.addEventListener('change', apply);
  apply();
  return button;
}

function viewsSection(views) {
  if (views.length === 0) return null;
  const holder = html('div', {});
  let shown = null;
  const buttons = views.map((view) =>
    html('button', {type: 'button', 'data-view': view.id, onclick: () => show(view, true)}, view.title),
  );
  const show = (view, chosen) => {
    shown?.stop();
    if (chosen) address.write({view: view.id, step: null});
    for (const button of buttons)
      button.setAttribute('aria-pressed', String(button.dataset.view === view.id));
    shown = showView(view);
    holder.replaceChildren(shown.element);
  };
  const wanted = () => views.find(({id}) => id === address.read().view);
  show(wanted() ?? views[0], false);
  addEventListener('hashchange', () => {
    if (wanted()) show(wanted(), false);
  });
  return html(
    'section',
    {id: 'views'},
    html('h2', {}, 'What it did'),
    html('div', {class: 'tabs', role: 'group', 'aria-label': 'Sequence'}, ...buttons),
    holder,
  );
}

function buildPage() {
  const {trace} = page_data;
  const asked = address.read();
  if (asked.rows === 'all') kLocationChoice.value = 'all';
  if (['sequences', 'seconds'].includes(asked['curve-x'])) learning_choices.x = asked['curve-x'];
  if (['log', 'linear'].includes(asked['curve-y'])) learning_choices.y = asked['curve-y'];
  const views = decodeViews().filter(({kind}) => kind in kViews);
  const sections = [
    viewsSection(views),
    learningSection(),
    testSection(),
    settingsSection(),
    reproduceSection(),
  ].filter((section) => section !== null);
  const links = sections.map((section) =>
    html(
      'a',
      {
        href: `#${section.id}`,
        onclick: (event) => {
          event.preventDefault(); // the address keeps what is shown
          section.scrollIntoView();
        },
      },
      section.querySelector('h2').textContent,
    ),
  );
  document
    .getElementById('page')
    .replaceWith(
      html(
        'header',
        {},
        html(
          'div',
          {class: 'head'},
          html(
            'div',
            {},
            html('h1', {}, document.title),
            html(
              'p',
              {class: 'note'},
              trace.settings['about.title'] ?? `${trace.model} on ${trace.task}, seed ${trace.seed}`,
            ),
          ),
          html('nav', {'aria-label': 'Sections'}, ...links, themeButton()),
        ),
        summary(),
      ),
      html('main', {}, ...sections),
      html('footer', {}, `mneme · trace version ${trace.version}`),
    );
  document.body.append(tooltip);
}

buildPage();
