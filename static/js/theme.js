// Runs before the page is painted: the user's theme, before sign-in this browser's, else the system's.
(() => {
  const root = document.documentElement;
  let theme = root.dataset.theme;
  if (theme === 'auto' && 'guest' in root.dataset) {
    try { theme = localStorage.getItem('ks-theme') || 'auto'; } catch { theme = 'auto'; }
  }
  if (theme === 'auto') theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.bsTheme = theme;
})();
