// Passkeys and security keys: what the browser refused is said where the button is.
document.addEventListener('allauth.error', (event) => {
  event.preventDefault();
  for (const fault of document.querySelectorAll('[data-passkey-fault]')) fault.hidden = false;
});
