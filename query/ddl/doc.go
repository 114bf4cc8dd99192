// Package ddl has the statements that define and change the objects of a session: CREATE of tables, indexes,
// sequences and types, ALTER of these, and RENAME of views too.
//
// A statement is bound first, which finds what it names and checks what can be checked without changing
// anything, and runs then. What a session has is asked of a Session; the objects themselves are changed in its
// temptable.Tables. It knows neither the log nor transactions, and reads no relation. Nothing of it is safe for
// concurrent use.
package ddl
