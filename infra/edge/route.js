// Chooses, for every request that comes to CloudFront, which origin answers it. The front door takes
// what API Gateway and Lambda do not bear: forms that are not plainly small, and all content.
// What it decides is what tests/edge/cases.json says; infra/local decides the same on this machine.
import cf from 'cloudfront';

const INLINE_BYTES = __INLINE_BYTES__; // put in from the stage's limits

const FORM = /^\/v1\/(files|uploads\/[^\/]+\/parts)\/?$/;
const CONTENT = /^\/v1\/files\/[^\/]+\/content\/?$/;

// A form of at most the inline limit has less content than that, so Lambda takes it. What has no
// length, two of them, or one that is no plain number may be of any size.
function isPlainlySmall(headers) {
  const length = headers['content-length'];
  if (headers['transfer-encoding'] || !length || length.multiValue) {
    return false;
  }
  return /^[0-9]{1,15}$/.test(length.value) && Number(length.value) <= INLINE_BYTES;
}

function goesToFrontDoor(request) {
  if (request.method === 'POST') {
    return FORM.test(request.uri) && !isPlainlySmall(request.headers);
  }
  return (request.method === 'GET' || request.method === 'HEAD') && CONTENT.test(request.uri);
}

function handler(event) {
  cf.selectRequestOriginById(goesToFrontDoor(event.request) ? '__FRONT_DOOR__' : '__API__');
  return event.request;
}
