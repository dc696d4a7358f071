// The tab with the seats: the map, the runs and what they mean.

import { getTickets, postSale } from './api.js';
import { el, plural, seconds } from './dom.js';
import { Runner } from './runner.js';
import { showTimeline } from './timeline.js';

const words = {
  began: 'a buyer clicked',
  wrote: 'sold the seat',
  declined: 'saw that the seat is sold',
  flags: { wrote: 'sold', declined: 'too late' },
};

export function startSeats(setup) {
  const panel = document.getElementById('seats');
  const input = document.getElementById('buyers');
  const map = document.getElementById('map');
  let events = [];
  let chosen = setup.seats[0];
  let following;

  document.getElementById('buyers-range').textContent = `${setup.fewestBuyers} to ${setup.mostBuyers}.`;
  const buttons = new Map(setup.seats.map(seat => [seat, el('button', { type: 'button', class: 'seat free', onclick: () => choose(seat) })]));
  map.replaceChildren(...setup.seats.map(seat => el('li', {}, buttons.get(seat))));
  panel.querySelector('[data-bad]').addEventListener('click', () => {
    input.value = '5000';
    runner.start([[runner.cards.value, false]]);
  });
  showTickets([]);
  choose(chosen);

  const runner = new Runner(panel, { run, busy });

  async function run(protection, freeze) {
    showTickets([]);
    const text = input.value.trim();
    const buyers = text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    const result = await postSale({ buyers, protection, freeze });
    showTickets(result.tickets);
    events = result.events;
    choose(interestingSeat(result));
    return judge(result, setup);
  }

  /** Shows the seats as they are sold, while a run goes on. */
  function busy(isBusy) {
    clearInterval(following);
    following = isBusy ? setInterval(async () => {
      const tickets = await getTickets().catch(() => null);
      if (following && tickets) {
        showTickets(tickets);
      }
    }, 250) : undefined;
  }

  function choose(seat) {
    chosen = seat;
    buttons.forEach((button, one) => button.setAttribute('aria-pressed', one === seat));
    panel.querySelector('[data-subject]').textContent = `seat ${seat}`;
    showTimeline(panel.querySelector('[data-timeline]'), events.filter(event => event.key.endsWith(`:${seat}`)), words, setup);
  }

  function showTickets(tickets) {
    for (const [seat, button] of buttons) {
      const sellers = tickets.filter(ticket => ticket.seat === seat).map(ticket => ticket.instance);
      const state = sellers.length > 1 ? 'twice' : sellers[0]?.toLowerCase() ?? 'free';
      button.className = `seat ${state}`;
      button.replaceChildren(
        el('span', { class: 'number' }, seat), ' ',
        el('span', { class: 'sold' }, sellers.length > 1 ? `${sellers.length}×` : sellers[0] ?? '–'),
        el('span', { class: 'spoken' }, sellers.length > 1 ? `, sold ${sellers.length} times, by ${sellers.join(' and ')}` : sellers.length === 1 ? ', sold' : ', free'));
    }
  }
}

/** The frozen one, else one that was sold twice, else one that was sold. */
function interestingSeat({ events, tickets }) {
  const seatOf = key => key.split(':').at(-1);
  const frozen = events.find(event => event.kind === 'froze');
  const twice = tickets.find((ticket, index) => tickets[index - 1]?.seat === ticket.seat);
  return frozen ? seatOf(frozen.key) : (twice ?? tickets[0])?.seat ?? 'A1';
}

function judge(result, setup) {
  const bad = result.soldTwice > 0;
  const details = [plural(result.sold, 'seat') + ' sold', plural(result.errors, 'error'), result.refused > 0 ? `${result.refused} refused` : null, seconds(result.seconds)];
  return {
    bad,
    big: result.soldTwice.toLocaleString('en'),
    what: `${result.soldTwice === 1 ? 'seat' : 'seats'} sold twice`,
    details: details.filter(Boolean).join(' · '),
    verdict: verdictOf(result, setup),
  };
}

function verdictOf({ protection, freeze, soldTwice, sold, refused }, setup) {
  if (protection === 'none') {
    return soldTwice > 0
      ? `✘ ${soldTwice} of ${plural(sold, 'seat')} were sold twice. Both instances saw a free seat before either had written.`
      : '✔ Nothing was sold twice, by luck: nothing prevents it.';
  }

  if (soldTwice > 0 && !freeze) {
    return `✘ ${plural(soldTwice, 'seat')} sold twice: this machine is too busy for ${setup.timeToLiveSeconds} s to live. Start with a longer --time-to-live.`;
  }

  if (soldTwice > 0) {
    return `✘ ${soldTwice === 1 ? 'One seat was' : `${soldTwice} seats were`} sold twice. The lock ended while B was frozen, A sold the seat, and B woke up and wrote.`;
  }

  if (refused > 0) {
    return '✔ No seat was sold twice. B woke up and wrote, and the guard refused it: A had a newer fencing token.';
  }

  return freeze && setup.stoppedHolderKeepsLock
    ? '✔ No seat was sold twice. A stopped process keeps a lock file, so everybody waited for it.'
    : '✔ No seat was sold twice. Who came second waited, and then saw that the seat is sold.';
}
