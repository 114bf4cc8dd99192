// Package optimize improves the trees that query/analyze makes, without changing what they
// mean: conditions go down to the scans and bound what they read of the log, joins are put
// in an order and given keys to hash by, subqueries become look-ups, statements that read
// one entity are recognised. Finish comes last: it settles what each operator's rows hold
// and turns references into columns of them.
//
// There are no statistics and no costs: each rule holds whatever the data.
package optimize
