//go:build !linux

package main

import (
	"context"
	"errors"
	"net"
)

func loopBare(context.Context, *replies, ...net.Listener) error {
	return errors.New("the bare wire is made of Linux's epoll")
}
