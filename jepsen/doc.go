// Package jepsen runs real projsql processes under real faults and checks what
// their clients saw. It imports nothing of projsql: it knows only the binary, the
// Postgres protocol and SQL.
package jepsen
