// What both tabs do with their buttons: run one protection, with or without a freeze, or all of them; show problems.

import { Problem } from './api.js';
import { Cards, protections } from './protections.js';

export class Runner {
  /**
   * @param {HTMLElement} panel
   * @param {{ run: (protection: string, freeze: boolean) => Promise<object>, busy?: (isBusy: boolean) => void }} actions
   * run answers what the card shows, and verdict, a sentence.
   */
  constructor(panel, actions) {
    this.panel = panel;
    this.actions = actions;
    this.form = panel.querySelector('form');
    this.cards = new Cards(panel.querySelector('[data-cards]'), `protection-${panel.id}`);
    this.verdict = panel.querySelector('[data-verdict]');
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      this.start([[this.cards.value, false]]);
    });
    this.#on('[data-freeze]', () => this.start([[this.cards.value, true]]));
    this.#on('[data-all]', () => this.start(protections.flatMap(({ value }) => [[value, false], [value, true]])));
  }

  /** Runs one after the other, until one is refused. */
  async start(runs) {
    if (this.isBusy) {
      return;
    }

    this.#setBusy(true);
    this.#clearProblems();
    let failed;
    for (const [protection, freeze] of runs) {
      this.cards.value = protection;
      this.cards.wait(protection, freeze);
      this.#say(freeze ? 'Instance B is frozen. Wait some seconds …' : 'Running …', 'running');
      try {
        const result = await this.actions.run(protection, freeze);
        this.cards.show(protection, freeze, result);
        this.#say(result.verdict, result.bad ? 'bad' : 'good');
      } catch (problem) {
        this.cards.clear(protection, freeze);
        failed = problem;
        break;
      }
    }

    this.#setBusy(false);
    if (failed) {
      this.#showProblem(failed);
    }
  }

  #on(selector, action) {
    this.panel.querySelector(selector)?.addEventListener('click', action);
  }

  #setBusy(isBusy) {
    this.isBusy = isBusy;
    this.panel.setAttribute('aria-busy', isBusy);

    // Not disabled: a button that has the focus keeps it.
    this.form.querySelectorAll('button').forEach(button => button.setAttribute('aria-disabled', isBusy));
    this.actions.busy?.(isBusy);
  }

  #say(text, state) {
    this.verdict.className = `verdict ${state}`;
    this.verdict.textContent = text;
  }

  #clearProblems() {
    this.panel.querySelectorAll('.error').forEach(error => {
      error.hidden = true;
      error.textContent = '';
    });
    this.panel.querySelectorAll('[aria-invalid]').forEach(input => input.removeAttribute('aria-invalid'));
  }

  #showProblem(problem) {
    if (!(problem instanceof Problem)) {
      throw problem;
    }

    this.#say('Nothing was done.', 'running');
    const fields = Object.entries(problem.errors).filter(([field]) => this.panel.querySelector(`[data-field=${field}]`));
    for (const [field, messages] of fields) {
      const error = this.panel.querySelector(`[data-field=${field}]`);
      error.textContent = messages.join(' ');
      error.hidden = false;
      const input = this.form.elements.namedItem(field);
      input.setAttribute('aria-invalid', 'true');
      input.focus();
    }

    if (fields.length === 0) {
      const error = this.panel.querySelector('[data-problem]');
      error.textContent = problem.message;
      error.hidden = false;
    }
  }
}
