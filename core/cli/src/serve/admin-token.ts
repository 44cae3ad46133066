/** The token of the admin port: from the command line, or, so that no list of processes shows it, the environment. */
export function adminTokenOf(given: string | undefined): string | undefined {
  return given || process.env['KRATER_ADMIN_TOKEN'] || undefined;
}
