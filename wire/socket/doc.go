// Package socket reads and writes sockets without Go's scheduler being told: clients'
// connections and those between nodes, whose every call is short.
//
// It knows nothing of what travels over them.
package socket
