// One time cursor for all panels of a view, and what the address says.

class TimeCursor {
  constructor(steps, onchange) {
    this.steps = steps;
    this.step = 0;
    this.locked = false;
    this.timer = null;
    this.listeners = [onchange];
  }
  listen(listener) {
    this.listeners.push(listener);
    listener(this);
  }
  tell() {
    for (const listener of this.listeners) listener(this);
  }
  move(step) {
    const next = Math.min(this.steps - 1, Math.max(0, Math.round(step)));
    if (next === this.step) return;
    this.step = next;
    this.tell();
  }
  /** The pointer moved over a step: followed unless the cursor is locked or playing. */
  hover(step) {
    if (!this.locked && this.timer === null) this.move(step);
  }
  toggleLock(step) {
    this.locked = !this.locked;
    if (this.locked) this.step = step;
    this.tell();
  }
  play(steps_per_second) {
    this.pause();
    if (this.step === this.steps - 1) this.move(0);
    this.timer = setInterval(() => {
      if (this.step === this.steps - 1) this.pause();
      else this.move(this.step + 1);
    }, 1000 / steps_per_second);
    this.tell();
  }
  pause() {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.tell();
  }
  /** Arrow keys, Page keys, Home, End, space and Escape; true when the key was one of them. */
  key(event, steps_per_second) {
    const moves = {ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity};
    if (event.key in moves) {
      this.pause();
      this.move(Math.max(0, Math.min(this.steps - 1, this.step + moves[event.key])));
    } else if (event.key === ' ') {
      if (this.timer === null) this.play(steps_per_second);
      else this.pause();
    } else if (event.key === 'Enter') {
      this.toggleLock(this.step);
    } else if (event.key === 'Escape') {
      this.pause();
      this.locked = false;
      this.tell();
    } else {
      return false;
    }
    return true;
  }
}

/** The part of the address after '#', as a table: `#view=copy-length-20&step=17`. */
const address = {
  read: () => Object.fromEntries(new URLSearchParams(location.hash.slice(1))),
  write(changes) {
    const table = {...this.read(), ...changes};
    const text = new URLSearchParams(Object.entries(table).filter(([, value]) => value !== null)).toString();
    history.replaceState(null, '', `#${text}`);
  },
};
