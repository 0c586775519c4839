namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The opcodes of a pickled state_dict (CPython, Lib/pickletools.py). Every other byte is refused.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(',
    EmptyTuple = (byte)')',
    Stop = (byte)'.',
    BinFloat = (byte)'G',
    BinInt = (byte)'J',
    BinInt1 = (byte)'K',
    BinInt2 = (byte)'M',
    NoneValue = (byte)'N',
    BinPersistentId = (byte)'Q',
    Reduce = (byte)'R',
    BinUnicode = (byte)'X',
    Build = (byte)'b',
    Global = (byte)'c',
    BinGet = (byte)'h',
    LongBinGet = (byte)'j',
    BinPut = (byte)'q',
    LongBinPut = (byte)'r',
    SetItem = (byte)'s',
    Tuple = (byte)'t',
    SetItems = (byte)'u',
    EmptyDict = (byte)'}',
    Proto = 0x80,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8A,
}
