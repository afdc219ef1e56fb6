'use client';

import { EventSource } from 'everstream';
import { useEffect } from 'react';

export default function Client({ closed }) {
  useEffect(() => {
    const source = new EventSource(decodeURIComponent(location.hash.slice(1)));
    globalThis.received = new Promise((resolve, reject) => {
      source.onmessage = ({ data }) => resolve(data);
      source.onerror = ({ message }) => source.readyState === closed && reject(new Error(message));
    });
    return () => source.close();
  }, []);
  return <p>{closed}</p>;
}
