/* peer_module.c - see peer_module.h */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "workers/peer.h"
#include "workers/peer_module.h"
#include "workers/python_ref.h"

static PyStructSequence_Field fields[] = {
	{ "listener", "the address of the socket that the connection came by, as in [server] listen" },
	{ "uid", "of Unix sockets: the user of the process that has connected, else None" },
	{ "gid", "of Unix sockets: its group, else None" },
	{ "pid", "of Unix sockets: its process id, else None" },
	{ "address", "of TCP: the IP address, else None" },
	{ "port", "of TCP: the port, else None" },
	{ NULL },
};
enum { N_FIELDS = sizeof(fields) / sizeof(fields[0]) - 1 };

static PyStructSequence_Desc description = {
	.name = "preforge.Peer",
	.doc = "Who is at the other end of the connection that a call came by.",
	.fields = fields,
	.n_in_sequence = N_FIELDS,
};

/* Of the process's one module; NULL as long as nobody has imported it. */
static PyTypeObject *type;
static PyObject *variable;

static int fill(PyObject *module)
{
	type = PyStructSequence_NewType(&description);
	variable = type ? PyContextVar_New("preforge.peer", Py_None) : NULL;
	if (!variable || PyModule_AddObjectRef(module, "Peer", (PyObject *)type) < 0)
		return -1;
	return PyModule_AddObjectRef(module, "peer", variable);
}

static PyModuleDef_Slot slots[] = { { Py_mod_exec, fill }, { 0 } };
static PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "preforge",
	.m_doc = "What an application may ask of the server that it runs in.",
	.m_slots = slots,
};

static PyObject *make_module(void)
{
	return PyModuleDef_Init(&definition);
}

int peer_module_register(void)
{
	return PyImport_AppendInittab("preforge", make_module);
}

static PyObject *number_or_none(bool known, long long number)
{
	return known ? PyLong_FromLongLong(number) : Py_NewRef(Py_None);
}

static PyObject *text_or_none(const char *text)
{
	return text ? PyUnicode_DecodeFSDefault(text) : Py_NewRef(Py_None);
}

/* A new reference, or NULL with an exception. */
static PyObject *make(const struct peer *peer, const char *listener)
{
	char address[PEER_ADDRESS_MAX];
	if (!peer)
		return Py_NewRef(Py_None);
	if (!peer->local)
		peer_address(peer, address);
	PyObject *values[N_FIELDS] = {
		text_or_none(listener),
		number_or_none(peer->local, peer->uid),
		number_or_none(peer->local, peer->gid),
		number_or_none(peer->local, peer->pid),
		text_or_none(peer->local ? NULL : address),
		number_or_none(!peer->local, peer->port),
	};
	PyObject *made = PyStructSequence_New(type);
	for (Py_ssize_t i = 0; i < N_FIELDS; i++) {
		if (!values[i])
			Py_CLEAR(made);
		if (made)
			PyStructSequence_SET_ITEM(made, i, values[i]);
		else
			Py_XDECREF(values[i]);
	}
	return made;
}

void peer_module_set(const struct peer *peer, const char *listener)
{
	if (!variable)
		return;
	cleanup_py PyObject *value = make(peer, listener);
	/* Rather nobody than the one before. */
	cleanup_py PyObject *token = PyContextVar_Set(variable, value ? value : Py_None);
	PyErr_Clear();
}
