// A drawing with two number axes: curves and scatters.

/**
 * series: [{label, style: 'one' | 'two' | 'three' | 'faint' | 'dots …', x: [...], y: [...]}]
 * x, y: {label, low, high, log}
 */
class Chart {
  constructor(parts) {
    Object.assign(this, parts);
    this.drawing = html('div', {class: 'drawing'});
    this.element = html('figure', {class: 'panel', 'data-title': this.title}, this.drawing, saveMenu(this));
  }

  place(value, {low, high, log}) {
    return log
      ? (Math.log(Math.max(value, low)) - Math.log(low)) / (Math.log(high) - Math.log(low))
      : (value - low) / (high - low);
  }

  render(width) {
    const area = {x: 58, y: 26, width: width - 58 - 84, height: this.height};
    this.area = area;
    const at_x = (value) => area.x + this.place(value, this.x) * area.width;
    const at_y = (value) => area.y + (1 - this.place(value, this.y)) * area.height;
    Object.assign(this, {at_x, at_y});
    const ticks = ({low, high, log}, count) => {
      const decades = log ? decadeTicks(low, high, count) : [];
      return decades.length >= 2 ? decades : roundTicks(low, high, count);
    };
    const axis = svg('g', {class: 'axis'});
    for (const tick of ticks(this.y, Math.max(2, area.height / 40))) {
      axis.append(
        svg('line', {class: 'grid', x1: area.x, x2: area.x + area.width, y1: at_y(tick), y2: at_y(tick)}),
        svg(
          'text',
          {class: 'tick', x: area.x - 6, y: at_y(tick), 'text-anchor': 'end', 'dominant-baseline': 'central'},
          numberText(tick),
        ),
      );
    }
    for (const tick of ticks(this.x, Math.max(2, area.width / 110))) {
      axis.append(
        svg('line', {x1: at_x(tick), x2: at_x(tick), y1: area.y + area.height, y2: area.y + area.height + 4}),
        svg(
          'text',
          {class: 'tick', x: at_x(tick), y: area.y + area.height + 16, 'text-anchor': 'middle'},
          numberText(tick),
        ),
      );
    }
    axis.append(
      svg('rect', {class: 'frame', x: area.x, y: area.y, width: area.width, height: area.height}),
      svg(
        'text',
        {class: 'tick', x: area.x + area.width / 2, y: area.y + area.height + 32, 'text-anchor': 'middle'},
        this.x.label,
      ),
      svg(
        'text',
        {
          class: 'tick',
          transform: `translate(12 ${area.y + area.height / 2}) rotate(-90)`,
          'text-anchor': 'middle',
        },
        this.y.label,
      ),
    );
    this.pin = svg('g', {class: 'pin'});
    this.readout = svg('text', {class: 'readout', x: width - 4, y: 15, 'text-anchor': 'end'});
    this.picture = svg(
      'svg',
      {
        width,
        height: area.y + area.height + 40,
        class: 'plot',
        role: 'img',
        'aria-label': this.label ?? this.title,
        onpointermove: (event) => this.pointed(event),
        onpointerleave: () => {
          tooltip.hidden = true;
          this.pin.replaceChildren();
        },
      },
      svg('text', {class: 'title', x: 4, y: 15}, this.title),
      this.readout,
      axis,
      ...this.series.map((one) => this.drawSeries(one)),
      this.names(area),
      this.pin,
    );
    this.drawing.replaceChildren(this.picture);
  }

  drawSeries({x, y, style}) {
    if (style.startsWith('dots') || x.length === 1) {
      return svg(
        'g',
        {class: `series dots ${style}`},
        ...Array.from(x, (value, i) => svg('circle', {cx: this.at_x(value), cy: this.at_y(y[i]), r: 3})),
      );
    }
    const points = Array.from(
      x,
      (value, i) => `${this.at_x(value).toFixed(2)},${this.at_y(y[i]).toFixed(2)}`,
    );
    return svg('polyline', {class: `series ${style}`, points: points.join(' ')});
  }

  names(area) {
    const named = this.series.filter(({x}) => x.length > 0);
    return endLabels(
      area,
      named.map(({label, style, y}) => ({label, style, at: this.at_y(y[y.length - 1])})),
    );
  }

  /** The nearest point of every series by its place along x (curves), or the nearest point of all (dots). */
  pointed(event) {
    const box = this.picture.getBoundingClientRect();
    const x = event.clientX - box.left,
      y = event.clientY - box.top;
    const near = [];
    for (const series of this.series) {
      let best = -1,
        best_distance = Infinity;
      for (let i = 0; i < series.x.length; ++i) {
        const dx = this.at_x(series.x[i]) - x;
        const distance = series.style.startsWith('dots')
          ? Math.hypot(dx, this.at_y(series.y[i]) - y)
          : Math.abs(dx);
        if (distance < best_distance) [best, best_distance] = [i, distance];
      }
      if (best >= 0) near.push({series, i: best, distance: best_distance});
    }
    const dots = near
      .filter(({series}) => series.style.startsWith('dots'))
      .sort((one, other) => one.distance - other.distance);
    const shown = dots.length > 0 ? dots.slice(0, 1) : near;
    this.pin.replaceChildren(
      ...shown.map(({series, i}) =>
        svg('circle', {cx: this.at_x(series.x[i]), cy: this.at_y(series.y[i]), r: 4.5}),
      ),
    );
    if (shown.length > 0) {
      showTooltip(
        event,
        shown.flatMap(({series, i}) => [
          `${series.label}: ${exactNumber(series.y[i])}`,
          `${this.x.label} ${series.x[i]}`,
        ]),
      );
    }
  }

  table() {
    return {
      header: ['series', this.x.label, this.y.label],
      rows: this.series.flatMap(({label, x, y}) => Array.from(x, (value, i) => [label, value, y[i]])),
    };
  }
}
