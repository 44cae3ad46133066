import { statusCodeByNumber, statusCodes } from '../../status.ts';
import { isMap } from '../../value.ts';
import { fields, int64, type Shape, shown, unsupported } from '../shape.ts';

const refusals = Object.entries(statusCodes).filter(([code]) => code !== 'OK');

const code: Shape = (value, from, to, translation) => {
  const number = int64(value, from, to, translation);
  const name = typeof number === 'number' ? statusCodeByNumber(number) : undefined;
  if (name !== undefined && name !== 'OK') return name;
  const message = `status code ${shown(value)} refuses nothing; allowed are ${refusals.map(([name, { number }]) => `${number} (${name})`).join(', ')}`;
  translation.problem(from, { code: 'ISTIO_BAD_VALUE', message, hint: 'for a 403, write code: 7' });
  return undefined;
};

const statusFields = fields({
  code: ['code', code],
  message: ['message'],
  details: unsupported('details were dropped there as well', 'remove them'),
});

const status: Shape = (value, from, to, translation) => {
  // There this was code 0, OK, and the denier let everything through.
  if (isMap(value) && !('code' in value)) code(0, from, to, translation);
  return statusFields(value, from, to, translation);
};

export const denier: Shape = fields(
  {
    status: ['', status],
    validDuration: ['validity.duration'],
    validUseCount: ['validity.uses', int64],
  },
  { code: 'FAILED_PRECONDITION' },
);
