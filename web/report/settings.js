// Settings of the run, and the command that makes it again.

function settingsSection() {
  const tables = new Map();
  for (const [name, value] of Object.entries(page_data.trace.settings)) {
    const [table, key] = name.includes('.')
      ? [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)]
      : ['', name];
    if (table !== 'about') tables.set(table, [...(tables.get(table) ?? []), [key, value]]);
  }
  if (tables.size === 0) return null;
  return html(
    'section',
    {id: 'settings'},
    html('h2', {}, 'Settings'),
    ...[...tables].flatMap(([table, rows]) => [
      html('h3', {}, table === '' ? 'run' : table),
      html(
        'dl',
        {class: 'settings'},
        ...rows.map(([key, value]) =>
          html('div', {}, html('dt', {}, key), html('dd', {}, value === '' ? '–' : value)),
        ),
      ),
    ]),
  );
}

function reproduceSection() {
  const about = Object.entries(page_data.trace.settings).filter(([name]) => name.startsWith('about.'));
  const command = page_data.trace.settings['about.command'];
  const notes = about.filter(
    ([name, value]) => value !== '' && !['about.command', 'about.title'].includes(name),
  );
  if (!command && notes.length === 0) return null;
  return html(
    'section',
    {id: 'reproduce'},
    html('h2', {}, 'Make it again'),
    command ? html('pre', {class: 'command', tabindex: 0, 'aria-label': 'Command'}, command) : null,
    html(
      'dl',
      {},
      ...notes.flatMap(([name, value]) => [html('dt', {}, name.slice(6)), html('dd', {}, value)]),
    ),
  );
}
