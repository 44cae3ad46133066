/** The namespace whose rules apply to every request, unless an operator names another. */
export const rootNamespaceDefault = 'istio-system';
