// Functions of the C library on Linux that Swift's Glibc module leaves out.
#pragma once

// Renames with flags; with flag 2 the two paths change places in one step.
int renameat2(int directory, const char *path, int otherDirectory, const char *otherPath,
              unsigned int flags);

// Starts or awaits the writing of a range of a file; flag 2 starts it.
int sync_file_range(int descriptor, long offset, long count, unsigned int flags);

// Waits until all of a file system is on the disk as it is now.
int syncfs(int descriptor);

// Makes a pipe whose ends no program that is started inherits, with flag 02000000.
int pipe2(int ends[2], int flags);

// Lets a process that is to be started begin in a folder.
int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);

// Where an address lies: the file of its library and the symbol before it, with their own addresses.
struct PPLAddressInfo {
  const char *file;
  void *base;
  const char *symbol;
  void *symbolAddress;
};

// Finds the library that holds an address; 0 if none does.
int dladdr(const void *address, struct PPLAddressInfo *info);

// Makes a pseudo-terminal, and tells the name of the end that a program runs at.
int posix_openpt(int flags);
int grantpt(int descriptor);
int unlockpt(int descriptor);
int ptsname_r(int descriptor, char *name, unsigned long length);
