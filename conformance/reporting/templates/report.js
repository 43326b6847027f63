'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId('filters');
  const rows = [...document.querySelectorAll('#requirements tbody tr')];
  const boxes = [...form.querySelectorAll('input[type=checkbox]')];

  function apply() {
    const outcomes = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = byId('filter-text').value.toLowerCase().split(/\s+/).filter(Boolean);
    const level = byId('filter-level').value;
    const capability = byId('filter-capability').value;
    let shown = 0;
    for (const row of rows) {
      const text = row.dataset.text;
      row.hidden = !(
        outcomes.has(row.dataset.outcome) &&
        (!level || row.dataset.level === level) &&
        (!capability || row.dataset.capability === capability) &&
        words.every((word) => text.includes(word))
      );
      shown += row.hidden ? 0 : 1;
    }
    byId('shown').textContent = `${shown} of ${rows.length} shown`;
  }

  // A link to a row shows it, whatever the filters say.
  function reveal() {
    const row = byId(decodeURIComponent(location.hash.slice(1)));
    if (!row) return;
    if (row.hidden) {
      form.reset();
      apply();
    }
    const details = row.querySelector('details');
    if (details) details.open = true;
    row.scrollIntoView();
  }

  async function copy(button, pre) {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = 'Copied';
    } catch {
      // Without leave to write to the clipboard, the text is at least selected.
      getSelection().selectAllChildren(pre);
      button.textContent = 'Selected';
    }
  }

  for (const box of document.querySelectorAll('.copied')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', () => copy(button, box.querySelector('pre')));
    box.append(button);
  }

  let opened = [];
  addEventListener('beforeprint', () => {
    // A program of many pages is of no use on paper; the file of it stands in the folder of the run.
    opened = [...document.querySelectorAll('details:not([open], .program)')];
    for (const one of opened) one.open = true;
  });
  addEventListener('afterprint', () => {
    for (const one of opened) one.open = false;
  });

  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(apply));
  addEventListener('hashchange', reveal);
  form.hidden = false;
  apply();
  reveal();
})();
