import { EventSource } from 'everstream';
import Client from './client.jsx';

// The server imports this module too, where importing the package must run none of its code.
export default function Page() {
  return <Client closed={EventSource.CLOSED} />;
}
