using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Octomil;

/// <summary>Makes records in which no property has its default, and describes them so that they can be compared.</summary>
internal static class Samples
{
    public static object Of(Type type) => new Maker().Make(type);

    /// <summary>All public properties, deeply.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable simple => simple.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        ITuple tuple => "(" + string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Describe(tuple[i]))) + ")",
        IDictionary map => "{" + string.Join(", ", map.Keys.Cast<object>().Select(key => $"{Describe(key)}: {Describe(map[key])}").Order(StringComparer.Ordinal)) + "}",
        IEnumerable items => "[" + string.Join(", ", items.Cast<object>().Select(Describe)) + "]",
        _ => value.GetType().Name + "{" + string.Join(", ", Properties(value.GetType()).Select(property => $"{property.Name}={Describe(property.GetValue(value))}")) + "}",
    };

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is not null && property.GetIndexParameters().Length == 0);

    private sealed class Maker
    {
        private int _count;

        public object Make(Type type)
        {
            _count++;

            if (Nullable.GetUnderlyingType(type) is { } inner)
            {
                return Make(inner);
            }

            return Simple(type) ?? (type.IsGenericType ? Collection(type) : null) ?? Record(type);
        }

        private object? Simple(Type type) => type switch
        {
            _ when type == typeof(string) => $"text-{_count}",
            _ when type == typeof(bool) => true,
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2026, 1, 1, 0, 0, _count % 60, TimeSpan.Zero),
            _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(_count),
            _ when type == typeof(SiloAddress) => SiloAddress.New(IPAddress.Loopback, 1000 + _count, _count),
            _ when type.IsEnum => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1),
            _ when type.IsPrimitive => Convert.ChangeType(_count % 100, type, CultureInfo.InvariantCulture),
            _ => null,
        };

        private object? Collection(Type type)
        {
            var arguments = type.GetGenericArguments();
            var definition = type.GetGenericTypeDefinition();
            var items = Enumerable.Range(0, 2).Select(_ => arguments.Select(Make).ToArray()).ToArray();
            return definition == typeof(ImmutableArray<>) ? Call(typeof(ImmutableArray), "CreateRange", arguments, List(arguments[0], items))
                : definition == typeof(ImmutableList<>) ? Call(typeof(ImmutableList), "CreateRange", arguments, List(arguments[0], items))
                : definition == typeof(ImmutableHashSet<>) ? Call(typeof(ImmutableHashSet), "CreateRange", arguments, List(arguments[0], items))
                : definition == typeof(ImmutableSortedSet<>) ? Call(typeof(ImmutableSortedSet), "CreateRange", arguments, List(arguments[0], items))
                : definition == typeof(ImmutableDictionary<,>) ? Call(typeof(ImmutableDictionary), "CreateRange", arguments, Map(arguments, items))
                : definition == typeof(ImmutableSortedDictionary<,>) ? Call(typeof(ImmutableSortedDictionary), "CreateRange", arguments, Map(arguments, items))
                : type.IsAssignableTo(typeof(ITuple)) ? Activator.CreateInstance(type, items[0])
                : null;
        }

        private object Record(Type type)
        {
            var record = RuntimeHelpers.GetUninitializedObject(type);

            foreach (var property in Properties(type))
            {
                property.SetValue(record, Make(property.PropertyType));
            }

            return record;
        }

        private static object List(Type item, object[][] items)
        {
            var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
            Array.ForEach(items, values => list.Add(values[0]));
            return list;
        }

        private static object Map(Type[] types, object[][] items)
        {
            var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(types))!;
            Array.ForEach(items, values => map[values[0]] = values[1]);
            return map;
        }

        private static object Call(Type type, string name, Type[] arguments, object source) => type.GetMethods()
            .Where(method => method.Name == name && method.GetGenericArguments().Length == arguments.Length && method.GetParameters() is [{ ParameterType.IsGenericType: true } parameter]
                && parameter.ParameterType.GetGenericTypeDefinition() == typeof(IEnumerable<>))
            .Single()
            .MakeGenericMethod(arguments)
            .Invoke(null, [source])!;
    }
}
