// The page's beginning: asks what is running, and starts the tabs.

import { getSetup } from './api.js';
import { el } from './dom.js';
import { startPayments } from './payments.js';
import { startSeats } from './seats.js';
import { startTabs } from './tabs.js';

const facts = document.getElementById('facts');
startTabs(document.querySelector('[role=tablist]'));

try {
  const setup = await getSetup();
  facts.replaceChildren(
    ...setup.instances.map(({ name, address, processId }) =>
      el('li', {}, el('span', { class: `badge ${name.toLowerCase()}` }, name), ` instance ${name}, port ${new URL(address).port}, process ${processId}`)),
    el('li', {}, `lock in ${setup.lock}, ${setup.timeToLiveSeconds} s to live`),
    el('li', {}, `data in ${setup.database}`));
  startSeats(setup);
  startPayments(setup);
  document.body.dataset.ready = '';
} catch (problem) {
  facts.replaceChildren(el('li', { class: 'error', role: 'alert' }, problem.message));
}
