package vtab

import (
	"context"

	"sockstat/proc"
	"sockstat/vtab/engine"
)

// Users is the table of the user database, passwd(5).
var Users = &engine.Spec[proc.User]{
	Name: "users",
	Doc:  "Users of this machine, without those of network directories",
	Rows: 50,
	Columns: []engine.Column[proc.User]{
		{Name: "name", Type: engine.Text, Doc: "Login name; joins sockets.user",
			Get: func(u *proc.User) engine.Value { return engine.String(u.Name) }},
		{Name: "uid", Type: engine.Integer, Doc: "User id",
			Get: func(u *proc.User) engine.Value { return engine.Int(u.UID) }},
		{Name: "gid", Type: engine.Integer, Doc: "Id of the primary group",
			Get: func(u *proc.User) engine.Value { return engine.Int(u.GID) }},
		{Name: "comment", Type: engine.Text, Doc: "Full name or comment (GECOS); NULL if empty",
			Get: func(u *proc.User) engine.Value { return engine.NonEmpty(u.Comment) }},
		{Name: "home", Type: engine.Text, Doc: "Home directory; NULL if empty",
			Get: func(u *proc.User) engine.Value { return engine.NonEmpty(u.Home) }},
		{Name: "shell", Type: engine.Text, Doc: "Login shell; NULL if empty",
			Get: func(u *proc.User) engine.Value { return engine.NonEmpty(u.Shell) }},
	},
	Open: func(context.Context, *engine.Query) (engine.Reader[proc.User], error) {
		users, err := proc.Users()
		return &list[proc.User]{users}, err
	},
}
