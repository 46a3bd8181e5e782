// The order form: a chosen product brings its list price, unless a price was typed.
document.addEventListener('picked', (event) => {
  const row = event.target.closest('table[data-lines] tbody tr');
  const price = row?.querySelector('[name$="-unit_price"]');
  if (!price || (price.value && price.value !== price.dataset.given)) return;
  price.value = event.detail.price || '';
  price.dataset.given = price.value;
  price.dispatchEvent(new Event('change', { bubbles: true }));
});
