// What the page asks the demo. A failure is thrown as a problem: { title, errors }, as RFC 9457 has it.

export class Problem extends Error {
  constructor(title, errors = {}) {
    super(title);
    this.errors = errors;
  }
}

export const getSetup = () => ask('api/setup');
export const getTickets = () => ask('api/tickets');
export const postSale = request => ask('api/sales', request);
export const postPayments = request => ask('api/payments', request);

async function ask(path, body) {
  const options = body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem('The shop does not answer. Is it still running?');
  }

  if (response.ok) {
    return response.json();
  }

  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.title ?? `The shop answered ${response.status}.`, problem.errors);
}
