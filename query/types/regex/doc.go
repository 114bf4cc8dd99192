// Package regex matches PostgreSQL's regular expressions (advanced, extended,
// literal) and finds the very match, and the very groups, that PostgreSQL finds.
//
// The rules are those of Henry Spencer's library: an expression as a whole prefers
// long or short matches, so does every part, and earlier parts before later ones.
// A match is found by deterministic automata that are made while they run, one for
// each part whose end matters; then the parts are taken apart from the left. Only
// back references ever need another try, and only they are not linear or quadratic.
//
// The package knows text only: neither SQL values nor locales other than C.UTF-8.
package regex
