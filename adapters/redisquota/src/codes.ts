export const codes = {
  REDISQUOTA_UNKNOWN_QUOTA: {
    cause: 'a quota instance is sent to a redisquota handler that configures no quota of its name',
    remedy: 'add an entry with that name to the quotas of the handler, or rename the instance',
  },
} as const satisfies Record<string, { cause: string; remedy: string }>;
