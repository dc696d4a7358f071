// Tabs as the WAI-ARIA practices have them: arrow keys move, one of them is in the tab order.

export function startTabs(list) {
  const tabs = [...list.querySelectorAll('[role=tab]')];
  const open = tab => {
    for (const one of tabs) {
      one.setAttribute('aria-selected', one === tab);
      one.tabIndex = one === tab ? 0 : -1;
      document.getElementById(one.getAttribute('aria-controls')).hidden = one !== tab;
    }
  };
  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  tabs.forEach((tab, index) => {
    tab.addEventListener('click', () => open(tab));
    tab.addEventListener('keydown', event => {
      const step = steps[event.key];
      if (step) {
        event.preventDefault();
        const next = Number.isFinite(step) ? tabs[(index + step + tabs.length) % tabs.length] : tabs.at(step > 0 ? -1 : 0);
        open(next);
        next.focus();
      }
    });
  });
  const named = tabs.find(tab => `#${tab.getAttribute('aria-controls')}` === location.hash);
  if (named) {
    open(named);
  }
}
