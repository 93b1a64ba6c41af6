/**
 * What devices' systems print, cut down to what matters: their form is that of real ones.
 *
 * @module
 */

/** `dumpsys battery` of Android 12. */
export const BATTERY = `Current Battery Service state:
  AC powered: false
  USB powered: true
  Max charging current: 500000
  status: 2
  health: 2
  present: true
  level: 87
  scale: 100
  voltage: 4231
  temperature: 312
  technology: Li-ion`;

/** `dumpsys thermalservice` of Android 12. */
export const THERMAL_SERVICE = `IsStatusOverride: false
ThermalEventListeners:
	callbacks: 1
	killed: false
	broadcasts count: -1
Thermal Status: 0
Cached temperatures:
	Temperature{mValue=29.0, mType=0, mName=CPU0, mStatus=0}
HAL Ready: true
HAL connection:
	ThermalHAL 2.0 connected: yes
Current temperatures from HAL:
	Temperature{mValue=43.1, mType=0, mName=CPU0, mStatus=0}
	Temperature{mValue=40.5, mType=1, mName=GPU0, mStatus=0}
	Temperature{mValue=33.75, mType=3, mName=skin, mStatus=0}
	Temperature{mValue=31.2, mType=2, mName=battery, mStatus=0}
Current cooling devices from HAL:
	CoolingDevice{mValue=0, mType=2, mName=thermal-cpufreq-0}`;

/** Snapdragon 865, the cores: one is faster than the other three big ones. */
export const SNAPDRAGON_865 = `/sys/devices/system/cpu/online:0-7
/sys/devices/system/cpu/cpu0/cpu_capacity:250
/sys/devices/system/cpu/cpu1/cpu_capacity:250
/sys/devices/system/cpu/cpu2/cpu_capacity:250
/sys/devices/system/cpu/cpu3/cpu_capacity:250
/sys/devices/system/cpu/cpu4/cpu_capacity:871
/sys/devices/system/cpu/cpu5/cpu_capacity:871
/sys/devices/system/cpu/cpu6/cpu_capacity:871
/sys/devices/system/cpu/cpu7/cpu_capacity:1024
/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq:1804800
/sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq:1804800
/sys/devices/system/cpu/cpu2/cpufreq/cpuinfo_max_freq:1804800
/sys/devices/system/cpu/cpu3/cpufreq/cpuinfo_max_freq:1804800
/sys/devices/system/cpu/cpu4/cpufreq/cpuinfo_max_freq:2419200
/sys/devices/system/cpu/cpu5/cpufreq/cpuinfo_max_freq:2419200
/sys/devices/system/cpu/cpu6/cpufreq/cpuinfo_max_freq:2419200
/sys/devices/system/cpu/cpu7/cpufreq/cpuinfo_max_freq:2841600`;

/** RK3588: two pairs of big cores, of which one was binned a step lower. */
export const RK3588 = `/sys/devices/system/cpu/online:0-7
${
  [0, 1, 2, 3].map((cpu) =>
    `/sys/devices/system/cpu/cpu${cpu}/cpu_capacity:414
/sys/devices/system/cpu/cpu${cpu}/cpufreq/cpuinfo_max_freq:1800000`
  ).join("\n")
}
${
  [4, 5, 6, 7].map((cpu) =>
    `/sys/devices/system/cpu/cpu${cpu}/cpu_capacity:${cpu < 6 ? 1024 : 1003}
/sys/devices/system/cpu/cpu${cpu}/cpufreq/cpuinfo_max_freq:${cpu < 6 ? 2400000 : 2352000}`
  ).join("\n")
}`;

/** Raspberry Pi 4 with one zone, whose trip points are a critical one only. */
export const RASPBERRY_PI_4 = `/sys/devices/system/cpu/online:0-3
${
  [0, 1, 2, 3].map((cpu) => `/sys/devices/system/cpu/cpu${cpu}/cpufreq/cpuinfo_max_freq:1500000`)
    .join("\n")
}
/sys/class/thermal/thermal_zone0/type:cpu-thermal
/sys/class/thermal/thermal_zone0/trip_point_0_type:critical
/sys/class/thermal/thermal_zone0/trip_point_0_temp:110000`;

/** Zones of a phone: two of one type, one that is off, and one whose driver gives whole degrees. */
export const PHONE_ZONES = `/sys/class/thermal/thermal_zone0/type:cpu-1-0-usr
/sys/class/thermal/thermal_zone0/temp:52900
/sys/class/thermal/thermal_zone0/trip_point_0_type:passive
/sys/class/thermal/thermal_zone0/trip_point_0_temp:125000
/sys/class/thermal/thermal_zone0/trip_point_1_type:passive
/sys/class/thermal/thermal_zone0/trip_point_1_temp:95000
/sys/class/thermal/thermal_zone0/trip_point_2_type:critical
/sys/class/thermal/thermal_zone0/trip_point_2_temp:90000
/sys/class/thermal/thermal_zone1/type:pm8150_tz
/sys/class/thermal/thermal_zone1/temp:37000
/sys/class/thermal/thermal_zone10/type:pm8150_tz
/sys/class/thermal/thermal_zone10/temp:38000
/sys/class/thermal/thermal_zone2/type:modem-off
/sys/class/thermal/thermal_zone2/temp:-273000
/sys/class/thermal/thermal_zone3/type:xo-therm
/sys/class/thermal/thermal_zone3/temp:0
/sys/class/thermal/thermal_zone4/type:battery
/sys/class/thermal/thermal_zone4/temp:31
/sys/devices/system/cpu/cpu7/cpufreq/scaling_max_freq:2841600`;
