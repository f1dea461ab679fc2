package vtab

import (
	"context"

	"sockstat/proc"
	"sockstat/vtab/table"
)

// users declares the table of the user database, passwd(5).
func (m *Machine) users() *table.Spec[proc.User] {
	return &table.Spec[proc.User]{
		Name: "users", Doc: "Users of this machine, without those of network directories", Rows: 50, Columns: userColumns,
		Open: func(context.Context, *table.Query) (table.Reader[proc.User], error) {
			if m.Users == nil {
				return &table.List[proc.User]{}, nil
			}
			users, err := m.Users.Users()
			return &table.List[proc.User]{Rows: users}, err
		},
	}
}

var userColumns = []table.Column[proc.User]{
	{Name: "name", Type: table.Text, Doc: "Login name; joins sockets.user",
		Get: func(u *proc.User) table.Value { return table.String(u.Name) }},
	{Name: "uid", Type: table.Integer, Doc: "User id",
		Get: func(u *proc.User) table.Value { return table.Int(u.UID) }},
	{Name: "gid", Type: table.Integer, Doc: "Id of the primary group",
		Get: func(u *proc.User) table.Value { return table.Int(u.GID) }},
	{Name: "comment", Type: table.Text, Doc: "Full name or comment (GECOS); NULL if empty",
		Get: func(u *proc.User) table.Value { return table.NonEmpty(u.Comment) }},
	{Name: "home", Type: table.Text, Doc: "Home directory; NULL if empty",
		Get: func(u *proc.User) table.Value { return table.NonEmpty(u.Home) }},
	{Name: "shell", Type: table.Text, Doc: "Login shell; NULL if empty",
		Get: func(u *proc.User) table.Value { return table.NonEmpty(u.Shell) }},
}

// UserNames returns the names of all users, nil if they are not known.
func (m *Machine) UserNames() (names []string) {
	if m.Users == nil {
		return nil
	}
	users, err := m.Users.Users()
	if err != nil {
		return nil
	}
	for _, u := range users {
		names = append(names, u.Name)
	}
	return names
}
