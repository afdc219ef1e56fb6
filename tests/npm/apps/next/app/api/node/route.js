import { first } from '../../../first.js';

export const runtime = 'nodejs';
export const GET = (request) => first(request, runtime);
