// The order form: a chosen product brings its list price, unless a price was typed; Enter never sends half an order.
document.addEventListener('picked', (event) => {
  const row = event.target.closest('table[data-lines] tbody tr');
  const price = row?.querySelector('[name$="-unit_price"]');
  if (!price || (price.value && price.value !== price.dataset.given)) return;
  price.value = event.detail.price || '';
  price.dataset.given = price.value;
  price.dispatchEvent(new Event('change', { bubbles: true }));
});

// A type-ahead whose answers are still on their way waits for them; elsewhere in the header Enter goes on to the next field.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.ctrlKey || !event.target.matches('form[data-save] input:not([type="checkbox"])')) return;
  const field = event.target;
  if (field.getAttribute('role') === 'combobox') {
    const chosen = field.closest('.picker')?.parentElement.querySelector('input[type="hidden"][data-picker]')?.value;
    if (field.getAttribute('aria-expanded') === 'true') return;
    if (field.value && !chosen) { event.preventDefault(); event.stopPropagation(); return; }
  }
  if (field.closest('table[data-lines]')) return;
  event.preventDefault();
  const fields = [...field.form.querySelectorAll('.in:not([type="hidden"])')].filter((one) => one.offsetParent);
  fields[fields.indexOf(field) + 1]?.focus();
}, true);
