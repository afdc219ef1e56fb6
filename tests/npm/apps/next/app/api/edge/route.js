import { first } from '../../../first.js';

export const runtime = 'edge';
export const GET = (request) => first(request, runtime);
