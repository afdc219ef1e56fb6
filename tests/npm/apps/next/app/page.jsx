import { EventSource } from 'everstream';
import Client from './client.jsx';

// Imported on the server too, where nothing of it must run.
export default function Page() {
  return <Client closed={EventSource.CLOSED} />;
}
