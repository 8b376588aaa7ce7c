/** @file Entry of the page. */
document.getElementById('app')!.textContent = 'Labrador'
