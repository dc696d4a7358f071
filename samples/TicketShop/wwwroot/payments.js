// The tab with the payments: the orders, the runs and what they mean.

import { postPayments } from './api.js';
import { el, money, plural, seconds } from './dom.js';
import { Runner } from './runner.js';
import { showTimeline } from './timeline.js';

const words = {
  began: 'a payment came in',
  wrote: 'booked its payment',
  declined: 'saw that all is paid',
  flags: { wrote: 'booked', declined: 'too late' },
};

const instanceOf = payment => (payment === 1 ? 'A' : 'B');

export function startPayments(setup) {
  const panel = document.getElementById('payments');
  panel.querySelector('[data-total]').textContent = money(setup.orders.reduce((sum, order) => sum + order.cents, 0));
  panel.querySelector('[data-payment]').textContent = money(setup.paymentCents);
  showOrders(setup, []);
  show([]);
  new Runner(panel, { run });

  async function run(protection, freeze) {
    showOrders(setup, []);
    const result = await postPayments({ protection, freeze });
    showOrders(setup, result.allocations);
    show(result.events);
    return judge(result, setup);
  }

  function show(events) {
    showTimeline(panel.querySelector('[data-timeline]'), events, words, setup);
  }
}

function showOrders({ orders }, allocations) {
  const most = Math.max(...orders.map(order => order.cents)) * 2;
  document.getElementById('orders').replaceChildren(...orders.map(order => {
    const parts = allocations.filter(allocation => allocation.order === order.number);
    const paid = parts.reduce((sum, part) => sum + part.cents, 0);
    const percent = cents => `${(100 * cents / most).toFixed(2)}%`;
    const state = paid > order.cents ? 'twice' : paid === order.cents ? 'paid' : 'open';
    const text = paid > order.cents ? `${money(paid)} paid: ${money(paid - order.cents)} too much`
      : paid === order.cents ? 'paid' : paid > 0 ? `${money(order.cents - paid)} still open` : 'open';
    return el('li', { class: state },
      el('span', { class: 'name' }, `Order ${order.number}: ${money(order.cents)}`),
      el('span', { class: 'bar', 'aria-hidden': 'true' },
        el('span', { class: 'due', style: { width: percent(order.cents) } }),
        ...bars(parts, order, percent)),
      el('span', { class: 'state' }, state === 'twice' ? el('b', {}, `✘ ${text}`) : state === 'paid' ? `✔ ${text}` : text));
  }));
}

function bars(parts, order, percent) {
  let from = 0;
  return parts.map(part => {
    const instance = instanceOf(part.payment);
    const isBeyond = from >= order.cents;
    const bar = el('span', { class: `part ${instance.toLowerCase()}${isBeyond ? ' beyond' : ''}`, style: { left: percent(from), width: percent(part.cents) } }, instance);
    from += part.cents;
    return bar;
  });
}

function judge(result, setup) {
  const bad = result.lostCents > 0;
  const details = [plural(result.paidTwice, 'order') + ' paid twice', plural(result.errors, 'error'), result.refused > 0 ? `${result.refused} refused` : null, seconds(result.seconds)];
  return {
    bad,
    big: money(result.lostCents),
    what: 'lost',
    details: details.filter(Boolean).join(' · '),
    verdict: verdictOf(result, setup),
  };
}

function verdictOf({ protection, freeze, lostCents, paidTwice, openCents, refused }, setup) {
  const lost = `✘ ${plural(paidTwice, 'order')} ${paidTwice === 1 ? 'was' : 'were'} paid twice: ${money(lostCents)} are lost, and ${money(openCents)} are still open.`;
  if (lostCents > 0) {
    return protection === 'none' && !freeze ? `${lost} Both payments saw the same open orders.`
      : !freeze ? `${lost} This machine is too busy for ${setup.timeToLiveSeconds} s to live. Start with a longer --time-to-live.`
      : `${lost} B woke up and booked what A had booked meanwhile.`;
  }

  if (refused > 0) {
    return '✔ No money was lost. The guard refused B’s late payment; it can be booked again, on the orders that are still open.';
  }

  return freeze && setup.stoppedHolderKeepsLock
    ? '✔ No money was lost. A stopped process keeps a lock file, so A waited for B.'
    : '✔ No money was lost. The second payment waited, and went on where the first had ended.';
}
