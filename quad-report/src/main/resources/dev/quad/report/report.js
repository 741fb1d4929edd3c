'use strict';
(async () => {
  const $ = id => document.getElementById(id);
  const block = $('data').textContent;

  for (const button of document.querySelectorAll('th button')) {
    button.addEventListener('click', () => sort(button.closest('th')));
  }

  function sort(head) {
    const table = head.closest('table');
    const column = [...head.parentNode.children].indexOf(head);
    const down = head.getAttribute('aria-sort') !== 'descending' && head.classList.contains('n')
      || head.getAttribute('aria-sort') === 'ascending';
    const value = row => {
      const cell = row.children[column];
      return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
    };
    const order = (a, b) => typeof a === 'number' ? (a > b) - (a < b) || 0 : a.localeCompare(b);
    const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * order(value(a), value(b)));
    for (const other of head.parentNode.children) {
      other.removeAttribute('aria-sort');
    }
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    table.tBodies[0].append(...rows);
  }

  if (!block) {
    return;
  }
  const packed = Uint8Array.from(atob(block), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const types = {u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array};
  const columns = {};
  for (const column of data.columns) {
    columns[column.name] = new types[column.type](buffer, 4 + length + column.at, column.length);
  }
  const {x, y, chosen, score, tokens, ordinal} = columns;
  const n = x.length;
  const texts = new Map(data.texts.map(text => [text.i, text]));

  const element = (name, words, kind) => {
    const made = document.createElement(name);
    made.textContent = words || '';
    if (kind) {
      made.className = kind;
    }
    return made;
  };
  const number = value => value.toLocaleString('en', {maximumSignificantDigits: 4});

  // ---- map ----
  const canvas = $('points');
  const context = canvas.getContext('2d');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const VIRIDIS = ['#440154', '#482878', '#3e4a89', '#31688e', '#26828e', '#1f9e89', '#35b779', '#6dcd59', '#b4de2c', '#fde725'];
  const KINDS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#b3a81f', '#8a5fbf'];
  const rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
  const pixel = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  const shown = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let colours = new Uint32Array(n);
  let view = {x: 0.5, y: 0.5, zoom: 1};
  let path = [];
  let drag = null;
  let waiting = false;
  let order = new Uint32Array(0);
  let image = null;

  function place() {
    const scale = Math.min(canvas.width, canvas.height) * 0.94 * view.zoom / 65535;
    return {
      scale,
      left: canvas.width / 2 - view.x * 65535 * scale,
      top: canvas.height / 2 + view.y * 65535 * scale
    };
  }

  function key(entries) {
    $('key').replaceChildren(...entries.map(([colour, words]) => {
      const line = element('span', words, 'legend');
      const sign = element('i', '', 'key');
      sign.style.background = colour;
      line.prepend(sign);
      return line;
    }));
  }

  function colour() {
    const by = $('colour').value;
    const pale = pixel(rgb(shown('--pool')));
    if (by === 'chosen') {
      const accent = pixel(rgb(shown('--accent')));
      colours = colours.map((old, i) => chosen[i] ? accent : pale);
      key([[shown('--accent'), 'chosen'], [shown('--pool'), 'not chosen']]);
    } else if (by === 'score') {
      const of = value => data.log ? Math.log(Math.max(value, 1e-9)) : value;
      const known = score.filter(value => !Number.isNaN(value)).sort();
      const low = of(known[Math.floor(known.length * 0.02)]);
      const high = of(known[Math.floor((known.length - 1) * 0.98)]);
      const shades = VIRIDIS.map(rgb);
      colours = colours.map((old, i) => {
        if (Number.isNaN(score[i])) {
          return pale;
        }
        const at = Math.min(8.999, Math.max(0, (of(score[i]) - low) / (high - low || 1) * 9));
        const from = Math.floor(at);
        return pixel(shades[from].map((part, c) => Math.round(part + (at - from) * (shades[from + 1][c] - part))));
      });
      const back = value => number(data.log ? Math.exp(value) : value);
      key([[VIRIDIS[0], back(low)], [VIRIDIS[5], back(low + (high - low) * 5 / 9)], [VIRIDIS[9], back(high)],
        [shown('--pool'), 'no score']]);
    } else {
      const codes = columns[by];
      const labels = data.fields.find(field => field.key === by).labels;
      const counts = labels.map((label, code) => [code + 1, 0]);
      codes.forEach((code, i) => code > 0 && (counts[code - 1][1] += chosen[i] ? 1000 : 1));
      const most = counts.sort((a, b) => b[1] - a[1]).slice(0, KINDS.length).map(([code]) => code);
      const of = new Map(most.map((code, at) => [code, pixel(rgb(KINDS[at]))]));
      colours = colours.map((old, i) => of.get(codes[i]) || pale);
      key([...most.map((code, at) => [KINDS[at], labels[code - 1]]), [shown('--pool'), 'others']]);
    }
    const index = [...Array(n).keys()];
    order = Uint32Array.from(index.filter(i => colours[i] === pale).concat(index.filter(i => colours[i] !== pale)));
    ask();
  }

  function ask() {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        draw();
      });
    }
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const box = canvas.getBoundingClientRect();
    const width = Math.max(1, Math.round(box.width * ratio));
    const height = Math.max(1, Math.round(box.height * ratio));
    if (image === null || image.width !== width || image.height !== height) {
      canvas.width = width;
      canvas.height = height;
      image = context.createImageData(width, height);
    }
    const pixels = new Uint32Array(image.data.buffer).fill(0);
    const size = Math.max(2, Math.round(ratio * (n < 3000 ? 4 : n < 20000 ? 3 : 2) * Math.min(2, Math.sqrt(view.zoom))));
    const {scale, left, top} = place();
    const only = $('only').checked;
    for (const i of order) {
      if (only && !chosen[i]) {
        continue;
      }
      const atX = Math.round(left + x[i] * scale - size / 2);
      const atY = Math.round(top - y[i] * scale - size / 2);
      if (atX < 0 || atY < 0 || atX + size > width || atY + size > height) {
        continue;
      }
      const colour = colours[i];
      const end = (atY + size) * width + atX;
      for (let start = atY * width + atX; start < end; start += width) {
        for (let pixel = start; pixel < start + size; pixel++) {
          pixels[pixel] = colour;
        }
      }
    }
    context.putImageData(image, 0, 0);
    if (path.length > 1) {
      context.strokeStyle = shown('--rule');
      context.lineWidth = 2 * ratio;
      context.beginPath();
      path.forEach(([px, py]) => context.lineTo(px * ratio, py * ratio));
      context.closePath();
      context.stroke();
    }
  }

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function zoom(factor) {
    view.zoom = Math.min(200, Math.max(0.5, view.zoom * factor));
    ask();
  }

  function move(dx, dy) {
    const ratio = window.devicePixelRatio || 1;
    const {scale} = place();
    view.x -= dx * ratio / scale / 65535;
    view.y += dy * ratio / scale / 65535;
    ask();
  }

  function inside(px, py, polygon) {
    let odd = false;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [ax, ay] = polygon[i];
      const [bx, by] = polygon[j];
      if (ay > py !== by > py && px < (bx - ax) * (py - ay) / (by - ay) + ax) {
        odd = !odd;
      }
    }
    return odd;
  }

  function list(polygon) {
    const ratio = window.devicePixelRatio || 1;
    const {scale, left, top} = place();
    const only = $('only').checked;
    const found = [];
    for (let i = 0; i < n; i++) {
      if ((!only || chosen[i]) && inside((left + x[i] * scale) / ratio, (top - y[i] * scale) / ratio, polygon)) {
        found.push(i);
      }
    }
    const taken = found.reduce((sum, i) => sum + chosen[i], 0);
    $('picked').textContent = `${found.length.toLocaleString('en')} documents`
      + (data.run ? `, ${taken.toLocaleString('en')} of them chosen` : '');
    found.sort((a, b) => texts.has(b) - texts.has(a) || chosen[b] - chosen[a] || (score[b] || 0) - (score[a] || 0));
    $('listed').replaceChildren(...found.slice(0, 100).map(i => {
      const line = element('li', '');
      if (chosen[i]) {
        line.append(element('span', 'chosen ', 'mark'));
      }
      line.append(element('bdi', words(i)));
      return line;
    }));
  }

  function words(i) {
    const text = texts.get(i);
    const about = `${tokens[i].toLocaleString('en')} tokens` + (Number.isNaN(score[i]) ? '' : `, ${number(score[i])}`);
    return text
      ? `${text.id} (${about}): ${text.text.slice(0, 160)}`
      : `document ${ordinal[i]} (${about}); its text is not in this page`;
  }

  function rectangle([ax, ay], [bx, by]) {
    return [[ax, ay], [bx, ay], [bx, by], [ax, by]];
  }

  function whole() {
    const box = canvas.getBoundingClientRect();
    list(rectangle([0, 0], [box.width, box.height]));
  }

  function near(event) {
    const ratio = window.devicePixelRatio || 1;
    const [px, py] = at(event);
    const {scale, left, top} = place();
    const only = $('only').checked;
    let best = -1;
    let least = 64;
    for (let i = 0; i < n; i++) {
      if (only && !chosen[i]) {
        continue;
      }
      const dx = (left + x[i] * scale) / ratio - px;
      const dy = (top - y[i] * scale) / ratio - py;
      const square = dx * dx + dy * dy;
      if (square < least) {
        least = square;
        best = i;
      }
    }
    const label = $('near');
    label.textContent = best < 0 ? '' : (chosen[best] ? 'chosen · ' : '') + words(best);
    label.style.left = `${Math.min(px + 14, canvas.clientWidth - 240)}px`;
    label.style.top = `${py + 14}px`;
  }

  canvas.addEventListener('pointerdown', event => {
    drag = {from: at(event), tool: event.shiftKey ? 'box' : $('tool').value};
    path = [drag.from];
    canvas.setPointerCapture(event.pointerId);
    $('near').textContent = '';
  });
  canvas.addEventListener('pointermove', event => {
    if (!drag) {
      near(event);
      return;
    }
    const to = at(event);
    if (drag.tool === 'move') {
      move(to[0] - drag.from[0], to[1] - drag.from[1]);
      drag.from = to;
    } else {
      path = drag.tool === 'box' ? rectangle(drag.from, to) : [...path, to];
      ask();
    }
  });
  const end = event => {
    if (drag && drag.tool !== 'move' && path.length > 2 && event.type === 'pointerup') {
      list(path);
    }
    if (drag && drag.tool === 'move') {
      path = [];
    }
    drag = null;
    ask();
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('pointerleave', () => $('near').textContent = '');
  canvas.addEventListener('wheel', event => {
    if (document.activeElement === canvas || event.ctrlKey) {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400));
    }
  }, {passive: false});
  canvas.addEventListener('keydown', event => {
    const keys = {
      ArrowLeft: () => move(40, 0), ArrowRight: () => move(-40, 0), ArrowUp: () => move(0, 40), ArrowDown: () => move(0, -40),
      '+': () => zoom(1.4), '=': () => zoom(1.4), '-': () => zoom(1 / 1.4), Enter: whole
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  $('in').addEventListener('click', () => zoom(1.6));
  $('out').addEventListener('click', () => zoom(1 / 1.6));
  $('whole').addEventListener('click', () => {
    view = {x: 0.5, y: 0.5, zoom: 1};
    path = [];
    ask();
  });
  $('view').addEventListener('click', whole);
  $('colour').addEventListener('change', colour);
  $('only').addEventListener('change', ask);
  dark.addEventListener('change', colour);
  new ResizeObserver(ask).observe(canvas);
  colour();

  document.documentElement.dataset.ready = 'yes';

  // ---- texts ----
  if (!$('search')) {
    return;
  }
  const PAGE = 6;
  let pages = 1;

  function marked(target, words, sought) {
    const low = words.toLowerCase();
    let from = 0;
    for (let found; sought && (found = low.indexOf(sought, from)) >= 0; from = found + sought.length) {
      target.append(words.slice(from, found), element('mark', words.slice(found, found + sought.length)));
    }
    target.append(words.slice(from));
    return target;
  }

  const SHADES = 5;

  function shaded(target, text) {
    let from = 0;
    text.words.forEach((length, at) => {
      const shade = text.shades[at];
      const level = Math.round(Math.abs(shade) * SHADES / 100);
      const word = text.text.slice(from, from + length);
      target.append(level ? element('span', word, (shade > 0 ? 'w' : 'n') + level) : word);
      from += length;
    });
    target.append(text.text.slice(from));
    return target;
  }

  function card(i, sought) {
    const text = texts.get(i);
    const made = element('article', '', chosen[i] ? 'taken' : '');
    const head = element('p', '');
    head.append(element('b', text.why), element('br'), element('bdi', `${text.id} · ${tokens[i].toLocaleString('en')} tokens`));
    for (const field of data.fields) {
      const code = columns[field.key][i];
      if (code > 0) {
        head.append(' · ', element('bdi', (field.key === 'cluster' ? 'cluster ' : '') + field.labels[code - 1]));
      }
    }
    const place = element('div', '', 'text');
    const body = text.words && !sought ? shaded(place, text) : marked(place, text.text, sought);
    body.dir = 'auto';
    made.append(head, body);
    return made;
  }

  function read() {
    const sought = $('search').value.trim().toLowerCase();
    let more = false;
    for (const side of ['left', 'right']) {
      let list = data.lists[$(side).value] || [];
      if (sought) {
        list = data.texts
          .filter(text => (chosen[text.i] === 1) === (side === 'left') && (text.text + text.id).toLowerCase().includes(sought))
          .map(text => text.i);
      }
      more = more || list.length > pages * PAGE;
      const head = sought ? [element('p', `${list.length} ${side === 'left' ? 'chosen' : 'not chosen'}`, 'small')] : [];
      $(`texts-${side}`).replaceChildren(...head, ...list.slice(0, pages * PAGE).map(i => card(i, sought)));
    }
    $('more').hidden = !more;
  }

  for (const id of ['left', 'right', 'search']) {
    $(id).addEventListener('input', () => {
      pages = 1;
      read();
    });
  }
  $('more').addEventListener('click', () => {
    pages++;
    read();
  });
  read();
})();
