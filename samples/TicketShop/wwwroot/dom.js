// Makes an element: el('p', { class: 'hint' }, 'text', child). A property that starts with "--" or names a style is set
// as a style, which the content security policy allows to scripts.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'style') {
      Object.entries(value).forEach(([property, text]) => element.style.setProperty(property, text));
    } else if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, '');
    } else if (value !== false && value != null) {
      element.setAttribute(key, value);
    }
  }

  element.append(...children.filter(child => child != null));
  return element;
}

export const plural = (count, one, many = one + 's') => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
export const seconds = value => `${value.toFixed(value < 10 ? 1 : 0)} s`;
export const money = cents => `€${(cents / 100).toLocaleString('en', { minimumFractionDigits: cents % 100 ? 2 : 0 })}`;
