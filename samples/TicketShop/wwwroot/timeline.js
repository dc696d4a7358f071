// The time line of one key: a lane for each instance, and the same in words below it.

import { el } from './dom.js';

const signs = { wrote: '●', declined: '○', refused: '✘', failed: '✘' };

/** @param {object[]} events of one key, by time @param {{ wrote, declined, began, flags }} words */
export function showTimeline(place, events, words, setup) {
  if (events.length === 0) {
    place.replaceChildren(el('p', { class: 'hint' }, 'Nothing has happened here yet.'));
    return;
  }

  const begin = Math.min(...events.map(event => event.time));
  const end = Math.max(...events.map(event => event.time));
  const span = Math.max(end - begin, 50);
  const at = time => `${(100 * (time - begin) / span).toFixed(3)}%`;
  const wide = (from, to) => `${Math.max(100 * (to - from) / span, 0.6).toFixed(3)}%`;

  const lanes = setup.instances.map(({ name }) => lane(name, events.filter(event => event.instance === name), { at, wide, end, all: events }, words));
  place.replaceChildren(
    el('div', { class: 'lanes', 'aria-hidden': 'true' }, ...lanes, axis(span)),
    el('ol', { class: 'events', tabindex: '0', 'aria-label': 'The same in words' }, ...events.map(event => line(event, begin, words))));
}

function lane(name, events, scale, words) {
  const callers = Map.groupBy(events, event => event.caller);
  const shapes = [...callers.values()].flatMap(own => shapesOf(own, scale));
  const outcomes = events.filter(event => event.kind in signs);
  const flags = outcomes.map(outcome => el('span', { class: `flag ${outcome.kind}`, style: { left: scale.at(outcome.time) } },
    outcome === outcomes.at(-1) ? `${signs[outcome.kind]} ${words.flags[outcome.kind] ?? outcome.kind}` : signs[outcome.kind]));
  return el('div', { class: `lane ${name.toLowerCase()}` }, el('span', { class: 'who' }, name), el('div', { class: 'track' }, ...shapes, ...flags));
}

/** One caller waits, holds (or, without a lock, just works), and writes. */
function shapesOf(events, { at, wide, end, all }) {
  const find = (...kinds) => events.find(event => kinds.includes(event.kind));
  const shapes = [];
  const bar = (kind, from, to, text) => shapes.push(el('span', { class: `span ${kind}`, style: { left: at(from), width: wide(from, to) } }, el('span', {}, text ?? '')));

  const began = find('began');
  const acquired = find('acquired');
  const outcome = find('wrote', 'declined', 'refused', 'failed');
  const frozen = find('froze');
  if (acquired) {
    const ended = find('released', 'lost')?.time ?? outcome?.time ?? end;

    // A lease that was lost ended when the next one got the lock, or else when nobody renewed it.
    const next = all.find(event => event.kind === 'acquired' && event.time > acquired.time);
    const leaseEnd = find('lost') ? Math.min(next?.time ?? acquired.time + acquired.lease, ended) : ended;
    bar('waits', began.time, acquired.time, 'waits');
    bar('holds', acquired.time, leaseEnd, 'holds the lock');
    if (leaseEnd < ended) {
      bar('thinks', leaseEnd, ended, 'no longer');
    }
  } else if (outcome) {
    bar('works', began.time, outcome.time, 'no lock');
  } else if (began) {
    bar('waits', began.time, end, 'waits');
  }

  if (frozen) {
    const thawed = find('thawed')?.time ?? end;
    shapes.push(el('span', { class: 'ice', style: { left: at(frozen.time), width: wide(frozen.time, thawed) } }, el('span', {}, '❄ frozen')));
  }

  return shapes;
}

function axis(span) {
  const step = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].find(one => span / one <= 7) ?? 20000;
  const ticks = [];
  for (let time = 0; time < span; time += step) {
    ticks.push(el('span', { style: { left: `${(100 * time / span).toFixed(3)}%` } }, step < 1000 ? `${time} ms` : `${time / 1000} s`));
  }

  return el('div', { class: 'axis' }, el('span', { class: 'who' }), el('div', { class: 'track' }, ...ticks));
}

function line(event, begin, words) {
  const token = event.token ? el('code', { title: `fencing token ${event.token}` }, `…${String(event.token).slice(-10)}`) : '';
  const texts = {
    began: [words.began],
    acquired: ['got the lock, fencing token ', token],
    released: ['gave the lock back'],
    lost: ['learned that its lock was lost'],
    wrote: [el('b', {}, words.wrote)],
    declined: [words.declined],
    refused: [el('b', {}, 'was refused by the guard')],
    failed: [el('b', {}, 'failed')],
    froze: [el('b', {}, '❄ froze'), ', before its write'],
    thawed: [el('b', {}, 'woke up')],
  };
  return el('li', { class: event.kind },
    el('span', { class: 'time' }, `${((event.time - begin) / 1000).toFixed(2)} s`),
    el('span', { class: `badge ${event.instance.toLowerCase()}` }, event.instance),
    el('span', {}, ...(texts[event.kind] ?? [event.kind])));
}
