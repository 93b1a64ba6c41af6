#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "program.h"

int kerf_cl_is_name(const char *name) {
  return name && !strncmp(name, "opencl", 6) && (!name[6] || name[6] == ':');
}

kerf_status kerf_cl_parse(const char *name, kerf_cl_choice *choice, kerf_error *error) {
  *choice = (kerf_cl_choice){0};
  const char *at = name + strlen("opencl");
  int known = 1;
  while (known && *at == ':') {
    const char *word = at + 1;
    const size_t length = strcspn(word, ":");
    at = word + length;
    char *end;
    const unsigned long index = strtoul(word, &end, 10);
    if (!strncmp(word, "cache=", 6)) {
      choice->folder = word + 6;
      break;
    }
    if (length && length < 6 && *word >= '0' && end == at) choice->index = (uint32_t)index;
    else if (length == 4 && !strncmp(word, "fp16", 4)) choice->half = 1;
    else if (length == 7 && !strncmp(word, "untuned", 7)) choice->untuned = 1;
    else known = 0;
  }
  if (known) return KERF_OK;
  return kerf_fail(error, KERF_ERROR_ARGUMENT,
                   "\"%s\" must be opencl[:N][:fp16][:untuned][:cache=FOLDER]", name);
}

kerf_status kerf_cl_fail(const kerf_cl_device *device, const char *what, cl_int code,
                         kerf_error *error) {
  const kerf_status status =
      code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY
          ? KERF_ERROR_MEMORY
          : KERF_ERROR_DEVICE;
  return kerf_fail(error, status, "device \"%s\" failed to %s: %s (%d)%s", device->name, what,
                   kerf_cl_error_name(code), code,
                   status == KERF_ERROR_MEMORY ? ": it is out of memory" : "");
}

/* Device number `index` over all platforms; or how many there are. */
static kerf_status find(uint32_t index, cl_platform_id *platform, cl_device_id *device,
                        uint32_t *devices_seen, kerf_error *error) {
  enum { MOST = 16 };
  cl_platform_id platforms[MOST];
  cl_uint count = 0, seen = 0;
  const cl_int code = kerf_cl.clGetPlatformIDs(MOST, platforms, &count);
  if (code || !count)
    return kerf_fail(error, KERF_ERROR_DEVICE,
                     "OpenCL has no platform: install the driver of the GPU, or on Debian, apt-get "
                     "install pocl-opencl-icd for a device that is the processor");
  for (cl_uint p = 0; p < count && p < MOST; p++) {
    cl_device_id devices[MOST];
    cl_uint here = 0;
    if (kerf_cl.clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MOST, devices, &here)) continue;
    if (index < seen + here && index - seen < MOST) {
      *platform = platforms[p];
      *device = devices[index - seen];
      return KERF_OK;
    }
    seen += here;
  }
  *devices_seen = seen;
  return kerf_fail(error, KERF_ERROR_DEVICE, "there is no OpenCL device %u: there %s %u", index,
                   seen == 1 ? "is" : "are", seen);
}

/* A text about the device, to be freed; "" where it does not tell. */
static char *text_of(cl_device_id device, cl_uint what) {
  size_t bytes = 0;
  if (kerf_cl.clGetDeviceInfo(device, what, 0, NULL, &bytes)) bytes = 0;
  char *text = calloc(bytes + 1, 1);
  if (text && bytes) kerf_cl.clGetDeviceInfo(device, what, bytes, text, NULL);
  return text;
}

#define NUMBER(device, what, out) kerf_cl.clGetDeviceInfo(device, what, sizeof(out), &(out), NULL)

/* Whether the device can do what every kernel needs. */
static kerf_status check(const kerf_cl_device *d, const char *version, kerf_error *error) {
  cl_bool compiles = 0, little = 0, available = 0;
  NUMBER(d->id, CL_DEVICE_COMPILER_AVAILABLE, compiles);
  NUMBER(d->id, CL_DEVICE_ENDIAN_LITTLE, little);
  NUMBER(d->id, CL_DEVICE_AVAILABLE, available);
  unsigned major = 0, minor = 0;
  sscanf(version, "OpenCL %u.%u", &major, &minor);
  const char *lacks = major * 10 + minor < 12 ? "OpenCL 1.2"
                      : !available            ? "to be available"
                      : !compiles             ? "a compiler of OpenCL C"
                      : !little               ? "to be little-endian"
                                              : NULL;
  if (!lacks) return KERF_OK;
  return kerf_fail(error, KERF_ERROR_DEVICE, "device \"%s\" (%s) lacks what is needed: %s", d->name,
                   version, lacks);
}

/* Reads what a device tells of itself. */
static kerf_status describe(kerf_cl_device *d, cl_platform_id platform, kerf_error *error) {
  char platform_name[256] = "";
  kerf_cl.clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof platform_name - 1, platform_name,
                            NULL);
  cl_bitfield type = 0;
  cl_uint units = 0;
  NUMBER(d->id, CL_DEVICE_TYPE, type);
  NUMBER(d->id, CL_DEVICE_MAX_COMPUTE_UNITS, units);
  NUMBER(d->id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, d->most_alloc_bytes);
  NUMBER(d->id, CL_DEVICE_GLOBAL_MEM_SIZE, d->global_bytes);
  NUMBER(d->id, CL_DEVICE_LOCAL_MEM_SIZE, d->local_bytes);
  NUMBER(d->id, CL_DEVICE_MAX_WORK_GROUP_SIZE, d->most_group);
  NUMBER(d->id, CL_DEVICE_MAX_WORK_ITEM_SIZES, d->most_items);
  char *vendor = text_of(d->id, CL_DEVICE_VENDOR), *driver = text_of(d->id, CL_DRIVER_VERSION);
  char *version = text_of(d->id, CL_DEVICE_VERSION), *profile = text_of(d->id, CL_DEVICE_PROFILE);
  char *extensions = text_of(d->id, CL_DEVICE_EXTENSIONS);
  d->name = text_of(d->id, CL_DEVICE_NAME);
  kerf_status status = KERF_OK;
  if (!vendor || !driver || !version || !profile || !extensions || !d->name ||
      asprintf(&d->facts,
               "platform: %s\ndevice: %s\ntype: %s\nvendor: %s\nversion: %s\nprofile: %s\n"
               "driver: %s\nunits: %u\nmemory: %llu\nallocation: %llu\nextensions: %s\n",
               platform_name, d->name,
               type & CL_DEVICE_TYPE_CPU   ? "CPU"
               : type & CL_DEVICE_TYPE_GPU ? "GPU"
                                           : "accelerator",
               vendor, version, profile, driver, units, (unsigned long long)d->global_bytes,
               (unsigned long long)d->most_alloc_bytes, extensions) < 0) {
    d->facts = NULL;
    status = kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an OpenCL device");
  } else {
    d->hash = kerf_hash_text(KERF_HASH_BEGIN, d->facts);
    status = check(d, version, error);
  }
  free(vendor), free(driver), free(version), free(profile), free(extensions);
  return status;
}

static void release(kerf_cl_device *d) {
  kerf_cl_release_built(d);
  if (d->context) kerf_cl.clReleaseContext(d->context);
  pthread_mutex_destroy(&d->lock);
  free(d->name);
  free(d->facts);
  free(d);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kerf_cl_device *open_devices; /* guarded by `lock` */

/* With the lock held. */
static kerf_status open_new(uint32_t index, kerf_cl_device **device, kerf_error *error) {
  cl_platform_id platform;
  cl_device_id id;
  uint32_t seen;
  kerf_status status = find(index, &platform, &id, &seen, error);
  if (status) return status;
  kerf_cl_device *made = calloc(1, sizeof *made);
  if (!made) return kerf_fail(error, KERF_ERROR_MEMORY, "no memory for an OpenCL device");
  made->index = index;
  made->references = 1;
  made->id = id;
  pthread_mutex_init(&made->lock, NULL);
  status = describe(made, platform, error);
  if (!status) {
    cl_int code;
    made->context = kerf_cl.clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    if (!made->context) status = kerf_cl_fail(made, "make a context", code, error);
  }
  if (status) {
    release(made);
    return status;
  }
  made->next = open_devices;
  *device = open_devices = made;
  return KERF_OK;
}

kerf_status kerf_cl_device_open(uint32_t index, kerf_cl_device **device, kerf_error *error) {
  *device = NULL;
  kerf_status status = kerf_cl_load(error);
  if (status) return status;
  pthread_mutex_lock(&lock);
  kerf_cl_device *found = open_devices;
  while (found && found->index != index) found = found->next;
  if (found) {
    found->references++;
    *device = found;
  } else {
    status = open_new(index, device, error);
  }
  pthread_mutex_unlock(&lock);
  return status;
}

void kerf_cl_device_close(kerf_cl_device *device) {
  if (!device) return;
  pthread_mutex_lock(&lock);
  if (!--device->references) {
    kerf_cl_device **link = &open_devices;
    while (*link != device) link = &(*link)->next;
    *link = device->next;
    release(device);
  }
  pthread_mutex_unlock(&lock);
}

uint32_t kerf_device_count(char *text, size_t text_bytes) {
  kerf_error error = {text, text_bytes};
  cl_platform_id platform;
  cl_device_id id;
  uint32_t seen = 0;
  if (!kerf_cl_load(&error)) find(UINT32_MAX, &platform, &id, &seen, &error);
  if (seen && text && text_bytes) *text = 0;
  return seen;
}

struct kerf_device {
  kerf_cl_device *opencl;
};

kerf_status kerf_device_open(const char *isa, kerf_device **device, char *text, size_t text_bytes) {
  kerf_error error = {text, text_bytes};
  if (text && text_bytes) *text = 0;
  if (device) *device = NULL;
  if (!device || !kerf_cl_is_name(isa))
    return kerf_fail(&error, KERF_ERROR_ARGUMENT, "the name of an OpenCL device is needed");
  kerf_cl_choice choice;
  kerf_status status = kerf_cl_parse(isa, &choice, &error);
  kerf_device *made = status ? NULL : calloc(1, sizeof *made);
  if (!status && !made) status = kerf_fail(&error, KERF_ERROR_MEMORY, "no memory");
  if (!status) status = kerf_cl_device_open(choice.index, &made->opencl, &error);
  if (status) free(made);
  else *device = made;
  return status;
}

void kerf_device_close(kerf_device *device) {
  if (!device) return;
  kerf_cl_device_close(device->opencl);
  free(device);
}

const char *kerf_device_facts(const kerf_device *device) { return device->opencl->facts; }
