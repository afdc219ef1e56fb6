// The page of the cases, bundled with React in its development build.

import * as react from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { renderToString as renderStatic } from 'react-dom/server';
import { Mux } from 'everstream/mux';
import * as hooks from 'everstream/react';

import { run } from '../conformance/kit.js';
import { cases } from './cases.js';
import { Kit } from './kit.js';

function root(kit, element, html) {
  const container = document.createElement('div');
  document.body.append(container);
  const mistakes = [];
  let root;
  if (html === undefined) {
    root = createRoot(container);
    root.render(element);
  } else {
    container.innerHTML = html;
    root = hydrateRoot(container, element, { onRecoverableError: (error) => mistakes.push(String(error)) });
  }
  return { mistakes, unmount: () => root.unmount(), text: () => container.textContent };
}

globalThis.runCase = (name, server, testbed) =>
  run(cases[name], new Kit({ react: { ...react, renderStatic }, hooks, Mux, server, testbed, root }));
